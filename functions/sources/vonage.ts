import { createHash, createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
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
  /** The application's private key: the PEM file in base64, for a secret has no white space in it. */
  privateKey: SecretRef;
  /** Further hosts that recordings may come from. They are never sent the credentials. */
  hosts?: readonly string[];
}

/**
 * Vonage Voice, the `eventUrl` of an NCCO's `record`: an HS256 JWT in `Authorization`, which holds the SHA-256 of the body
 * and when it was made. https://developer.vonage.com/en/getting-started/concepts/webhooks
 */
export const vonage = ({ signatureSecret, applicationId, privateKey, hosts = [] }: VonageOptions): Source => ({
  kind: 'vonage',
  secrets: [signatureSecret],
  covers: { body: true, url: false, time: true, id: false },

  async authenticate(request, { nowMs, read }) {
    const { authorization } = request.headers;
    // An error of Vonage's own can leave the JWT out; it is made again for the retry that a 5xx brings.
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
  // No statuses of its own: Vonage takes 200 to 205 for done, and our 503 for what is unsigned is its 5xx.
});

/** The regional names of Vonage's API, old and new; which of them recordings are served from is not documented whole. */
const API_HOSTS = [
  'api.nexmo.com',
  ...['us', 'eu', 'ap', 'us-1', 'us-2', 'eu-1', 'sg-1'].map((region) => `api-${region}.nexmo.com`),
  ...['us', 'eu', 'ap', 'us-3', 'us-4', 'eu-3', 'eu-4', 'ap-3', 'ap-4'].map((region) => `api-${region}.vonage.com`),
];

/** Whether a retry carries a new JWT is not documented, so its age may be an hour; a replay meets the recording's id. */
const PAST_SECONDS = 3600;
const AHEAD_SECONDS = 300;

/** What the JWT says of the body, where it was made with this secret and lately. Vonage's own library checks no age. */
const payloadHashIn = async (token: string, secret: string, nowMs: number): Promise<string | undefined> => {
  try {
    const { payload } = await jwtVerify(token, Buffer.from(secret), {
      algorithms: ['HS256'],
      currentDate: new Date(nowMs),
      clockTolerance: AHEAD_SECONDS, // for both ends, and so taken off the past
      maxTokenAge: PAST_SECONDS - AHEAD_SECONDS,
    });
    return z.string().safeParse(payload.payload_hash).data ?? '';
  } catch {
    return undefined;
  }
};

const whyNoKey = (value: string): string | undefined =>
  keyIn(value) ? undefined : 'is no private key: it is the PEM, whole, in base64';

/** Undefined for what is no key: a mangled one opens nothing, and Vonage's 401 then stands on the memo's row. */
const keyIn = (base64: string): KeyObject | undefined => {
  try {
    return createPrivateKey(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
};

/** Good for fifteen minutes, longer than a download may take. */
const applicationToken = (id: string, key: KeyObject, nowSeconds: number): Promise<string> =>
  new SignJWT({ application_id: id })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setJti(randomUUID())
    .setIssuedAt(Math.floor(nowSeconds))
    .setExpirationTime(Math.floor(nowSeconds) + 900)
    .sign(key);

/** Events have no name: what comes without a `recording_url` is told by the field that only it has. */
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
