import { createHash, createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { fact, NOT_JSON, readJson, unreadable } from '../core/source/read-json.ts';
import { sameText } from '../core/source/signature.ts';

export interface VonageOptions {
  /** The account's signature secret: it signs the webhooks. */
  signatureSecret: SecretRef;
  /** The id of the application whose calls are recorded; with its private key it opens the recordings. */
  applicationId: SecretRef;
  /** The application's private key: the PEM file in base64, since a secret cannot contain white space. */
  privateKey: SecretRef;
  /** Further hosts that recordings may come from. The credentials are never sent to them. */
  hosts?: readonly string[];
}

/**
 * Vonage Voice, the `eventUrl` of an NCCO's `record`: an HS256 JWT in `Authorization`, with the SHA-256 of the body and
 * the time of the JWT. https://developer.vonage.com/en/getting-started/concepts/webhooks
 */
export const vonage = ({ signatureSecret, applicationId, privateKey, hosts = [] }: VonageOptions): Source => ({
  kind: 'vonage',
  secrets: [signatureSecret],
  covers: { body: true, url: false, time: true, id: false },

  async authenticate(request, { nowMs, read }) {
    const { authorization } = request.headers;
    // Vonage sometimes sends without the JWT because of an error of its own. After a 5xx it retries with a JWT.
    if (authorization === undefined) return { kind: 'unsigned', reason: 'authorization is needed' };
    const token = /^Bearer (\S+)$/.exec(authorization)?.[1];
    if (!token) return refused('authorization is not a bearer token');
    const bodyHash = createHash('sha256').update(request.body).digest('hex');
    for (const secret of await read(signatureSecret)) {
      const claimed = await payloadHashIn(token, secret, nowMs);
      if (claimed === undefined) continue;
      return sameText(claimed, bodyHash) ? authentic(request) : refused('payload_hash does not match the body');
    }
    return refused('authorization is not a JWT made with the signature secret within the last hour');
  },

  classify(event, name) {
    const json = readJson(event.body);
    if (json === undefined) return NOT_JSON;
    const object = z.record(z.string(), z.unknown()).safeParse(json);
    if (!object.success) return { kind: 'unreadable', reason: 'the body is not an object' };
    if (!Object.hasOwn(object.data, 'recording_url')) {
      const [, reason] = [...OTHERS].find(([field]) => Object.hasOwn(object.data, field)) ?? [];
      if (reason) return { kind: 'ignored', reason };
      if (!Object.hasOwn(object.data, 'recording_uuid'))
        return { kind: 'ignored', reason: 'an event without a recording' };
    }
    if (object.data.recording_url === '')
      return { kind: 'ignored', reason: 'recording_url is empty: nothing was recorded' };
    const recorded = recordedSchema.safeParse(json);
    if (recorded.success) return { kind: 'recordings', recordings: [toRecording(recorded.data, name)] };
    return unreadable(recorded.error);
  },

  fetch: {
    hosts: [...API_HOSTS, ...hosts],
    async credentials(_recording, { nowMs, read }) {
      const keys = (await read(privateKey)).flatMap((base64) => keyIn(base64) ?? []);
      const pairs = (await read(applicationId)).flatMap((id) => keys.map((key) => ({ id, key })));
      const tokens = await Promise.all(pairs.map(({ id, key }) => applicationToken(id, key, nowMs / 1000)));
      return tokens.map((token) => ({ authorization: `Bearer ${token}` }));
    },
    credentialHosts: API_HOSTS,
    secrets: [applicationId, { ...privateKey, whyNot: whyNoKey }],
    notYet: [404],
  },
  // Our own statuses fit: Vonage accepts 200 to 205, and retries after our 503 for an unsigned webhook.
});

/** Vonage's regional API hosts, old and new. The documentation does not say which of them serve recordings. */
const API_HOSTS = [
  'api.nexmo.com',
  ...['us', 'eu', 'ap', 'us-1', 'us-2', 'eu-1', 'sg-1'].map((region) => `api-${region}.nexmo.com`),
  ...['us', 'eu', 'ap', 'us-3', 'us-4', 'eu-3', 'eu-4', 'ap-3', 'ap-4'].map((region) => `api-${region}.vonage.com`),
];

/**
 * It is not documented whether a retry has a new JWT, so a JWT may be an hour old. The recording's id stops a replay.
 */
const PAST_SECONDS = 3600;
const AHEAD_SECONDS = 300;

/**
 * The body's hash in the JWT, if the JWT was made with this secret and is recent. Vonage's own library checks no age.
 */
const payloadHashIn = async (token: string, secret: string, nowMs: number): Promise<string | undefined> => {
  const { jwtVerify } = await import('jose'); // a bridge without Vonage never loads jose
  try {
    const { payload } = await jwtVerify(token, Buffer.from(secret), {
      algorithms: ['HS256'],
      currentDate: new Date(nowMs),
      clockTolerance: AHEAD_SECONDS, // applies to both ends, so it is subtracted from the maximum age
      maxTokenAge: PAST_SECONDS - AHEAD_SECONDS,
    });
    return z.string().safeParse(payload.payload_hash).data ?? '';
  } catch {
    return undefined;
  }
};

const whyNoKey = (value: string): string | undefined =>
  keyIn(value) ? undefined : 'is no private key: encode the whole PEM as base64';

/** Undefined where the value is no key. The memo's row then shows Vonage's 401. */
const keyIn = (base64: string): KeyObject | undefined => {
  try {
    return createPrivateKey(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
};

/** Valid for fifteen minutes, longer than a download may take. */
const applicationToken = async (id: string, key: KeyObject, nowSeconds: number): Promise<string> => {
  const { SignJWT } = await import('jose');
  return new SignJWT({ application_id: id })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setJti(randomUUID())
    .setIssuedAt(Math.floor(nowSeconds))
    .setExpirationTime(Math.floor(nowSeconds) + 900)
    .sign(key);
};

/** Events have no name: an event without `recording_url` is recognized by a field that only it has. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['status', "a call's status, not a recording"],
  ['speech', 'the audio of an input, not of the call'],
]);

const recordedSchema = z.object({
  recording_uuid: z.string({ error: 'is missing' }).min(1).max(512),
  recording_url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192),
  conversation_uuid: fact(z.string().max(512)),
  start_time: fact(z.string()),
  end_time: fact(z.string()),
});

const toRecording = (recorded: z.infer<typeof recordedSchema>, source: string): Recording => {
  const seconds = (Date.parse(recorded.end_time ?? '') - Date.parse(recorded.start_time ?? '')) / 1000;
  return {
    source,
    id: recorded.recording_uuid,
    ...(recorded.conversation_uuid && { callId: recorded.conversation_uuid }),
    ...(seconds >= 0 && { durationSeconds: seconds }),
    media: { kind: 'url', url: recorded.recording_url },
  };
};
