import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';
import type { Parties, Recording } from '../core/model/recording.ts';
import { type ApiQuestion, authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { objectIn } from '../core/source/object-url.ts';
import { fact, readJson, unreadable } from '../core/source/read-json.ts';

export interface TelnyxOptions {
  /** The account's public key as the portal shows it: base64 of 32 bytes. */
  publicKey: SecretRef;
  /** An API key, for a fresh URL where the event's has expired, and for the question who called whom. */
  apiKey: SecretRef;
  /** Further hosts that recordings may come from. The API key is never sent to them. */
  hosts?: readonly string[];
}

/**
 * Telnyx Call Control, `call.recording.saved`: Ed25519 over `<telnyx-timestamp>|<body>`, five minutes of tolerance
 * either way. https://developers.telnyx.com/docs/voice/programmable-voice/voice-api-webhooks
 */
export const telnyx = ({ publicKey, apiKey, hosts = [] }: TelnyxOptions): Source => ({
  kind: 'telnyx',
  secrets: [{ ...publicKey, whyNot: whyNoKey }],
  covers: { body: true, url: false, time: true, id: false },

  async authenticate(request, { nowMs, read }) {
    const timestamp = request.headers['telnyx-timestamp'];
    const given = request.headers['telnyx-signature-ed25519'];
    if (!timestamp || !given) return refused('telnyx-timestamp and telnyx-signature-ed25519 are needed');
    if (!/^\d{1,12}$/.test(timestamp)) return refused('telnyx-timestamp is not a number of seconds');
    if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return refused('telnyx-timestamp is stale');
    const signature = Buffer.from(given, 'base64');
    // Node's base64 decoder is lenient, so one signature would have many spellings.
    if (signature.toString('base64') !== given) return refused('telnyx-signature-ed25519 is not base64');
    const signed = Buffer.concat([Buffer.from(`${timestamp}|`), request.body]);
    const keys = (await read(publicKey)).map(ed25519Key);
    const matches = keys.some((key) => key && verify(null, signed, key, signature));
    return matches ? authentic(request) : refused('telnyx-signature-ed25519 does not match');
  },

  classify(event, name) {
    const json = readJson(event.body);
    if (json === undefined) {
      return { kind: 'unreadable', reason: 'the body is not JSON in UTF-8; callbacks of TeXML are not read' };
    }
    const typed = typeSchema.safeParse(json);
    if (!typed.success) return unreadable(typed.error);
    const type = typed.data.data.event_type;
    const outcome = EVENT_OUTCOMES.get(type);
    if (outcome !== 'act') return { kind: 'ignored', reason: outcome ?? `event_type ${type.slice(0, 100)}` };
    const saved = savedSchema.safeParse(json);
    if (!saved.success) return unreadable(saved.error);
    return { kind: 'recordings', recordings: [toRecording(saved.data.data, name)] };
  },

  lookUpParties: ({ reference }) => (reference?.recording ? ask(reference.recording, readParties) : undefined),

  fetch: {
    hosts: [API_HOST, ...S3_HOSTS, ...hosts],
    credentials: async (_recording, { read }) =>
      (await read(apiKey)).map((key) => ({ authorization: `Bearer ${key}` })),
    credentialHosts: [API_HOST], // S3 refuses a signed URL together with credentials, and must not get ours
    secrets: [apiKey],
    notYet: [404],
    freshUrl: ({ id, reference }) => ask(reference?.recording ?? id, readUrl),
  },
  // Our own statuses fit: Telnyx retries after every status but 2xx, and is not known to disable a hook.
});

const TOLERANCE_SECONDS = 300;

const API_HOST = 'api.telnyx.com';
/** The path names Telnyx's buckets, so these hosts serve all of S3: a further region adds no risk. */
const S3_HOSTS = [
  's3.amazonaws.com',
  ...[
    ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
    ...['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
    ...['ap-northeast-1', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
  ].map((region) => `s3.${region}.amazonaws.com`),
];

/** The outcome of each other documented event. Further `call.*` events are ignored by name. */
const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['call.recording.saved', 'act'],
  ['conference.recording.saved', 'act'],
  ['call.recording.error', 'Telnyx could not make the recording'],
  ['call.recording.transcription.saved', 'a transcription, not the audio'],
]);

const whyNoKey = (value: string): string | undefined =>
  ed25519Key(value) ? undefined : "is no public key of Telnyx's, which is base64 of 32 bytes";

/** Undefined where the value is no key of 32 bytes: a damaged key verifies nothing. */
const ed25519Key = (base64: string): KeyObject | undefined => {
  const x = Buffer.from(base64, 'base64').toString('base64url');
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  } catch {
    return undefined;
  }
};

const typeSchema = z.object({ data: z.object({ event_type: z.string().min(1) }) });

const text = fact(z.string().max(512));
// For your own storage the URL is `s3://`, which `buckets` lets `store` read, or `gs://`. It is accepted, so that the memo's row
// says why it was not fetched.
const audioUrl = z.url({ protocol: /^(https?|s3|gs)$/, error: 'must be a URL' }).max(8192);
const urlsSchema = z.object({ mp3: audioUrl.nullish(), wav: audioUrl.nullish() });
const savedSchema = z.object({
  data: z.object({
    id: z.string({ error: 'is missing' }).min(1).max(512),
    payload: z.object({
      recording_id: text, // in the guide's example, not in the reference
      call_session_id: text,
      recording_started_at: fact(z.string()),
      recording_ended_at: fact(z.string()),
      recording_urls: urlsSchema.refine(({ mp3, wav }) => mp3 || wav, { error: 'has neither mp3 nor wav' }),
    }),
  }),
});

const toRecording = ({ id, payload }: z.infer<typeof savedSchema>['data'], source: string): Recording => {
  const { recording_id: recording, call_session_id: callId, recording_urls: urls } = payload;
  const seconds =
    (Date.parse(payload.recording_ended_at ?? '') - Date.parse(payload.recording_started_at ?? '')) / 1000;
  return {
    source,
    id: recording || id, // the event's id is also the same in a retry
    ...(callId && { callId }),
    ...(seconds >= 0 && { durationSeconds: seconds }),
    media: mediaAt(urls.mp3 ?? urls.wav ?? ''),
    ...(recording && { reference: { recording } }),
  };
};

const mediaAt = (url: string): Recording['media'] => {
  const object = url.startsWith('s3:') ? objectIn(url) : undefined;
  return object ? { kind: 'object', ...object } : { kind: 'url', url };
};

const ask = <T>(recording: string, read: ApiQuestion<T>['read']): ApiQuestion<T> => ({
  url: `https://${API_HOST}/v2/recordings/${encodeURIComponent(recording)}`,
  read,
});

const downloadSchema = z.object({ data: z.object({ download_urls: urlsSchema }) });
const readUrl = (json: unknown): string | undefined => {
  const { mp3, wav } = downloadSchema.safeParse(json).data?.data.download_urls ?? {};
  return mp3 ?? wav ?? undefined;
};

const partySchema = z.string().min(1).max(256);
const partiesSchema = z.object({ data: z.object({ from: partySchema, to: partySchema }) });
const readParties = (json: unknown): Parties | undefined => {
  const { from, to } = partiesSchema.safeParse(json).data?.data ?? {};
  return from && to ? { from, to } : undefined;
};
