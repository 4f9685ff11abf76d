import * as z from 'zod';
import type { Parties, Recording } from '../core/model/recording.ts';
import { HOUR_MS } from '../core/model/timing.ts';
import { authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { type Entries, entriesOf, fact, NOT_JSON, readJson, unreadable } from '../core/source/read-json.ts';
import { hmac, ofStandardWebhooks, sameText, standardSignatureMatches } from '../core/source/signature.ts';
import { NO_VOICEMAILS, type VoicemailOption } from '../core/source/voicemails.ts';

export interface QuoOptions extends VoicemailOption {
  /** `whsec_…` for a current webhook, plain base64 for a legacy webhook, or both. */
  webhookSecret: SecretRef;
  /** Hosts that recordings may come from (`*.example.com` includes subdomains). @default any public host */
  hosts?: readonly string[];
}

/**
 * Quo, formerly OpenPhone. Current webhooks (API version 2026-03-30) are signed by Standard Webhooks; those made in the
 * app or by the v1 API send `openphone-signature: hmac;1;<ms>;<base64>`, HMAC-SHA256 over `<ms>.<body>`.
 */
export const quo = ({ webhookSecret, hosts, voicemail = true }: QuoOptions): Source => ({
  kind: 'quo',
  secrets: [ofStandardWebhooks(webhookSecret)],
  covers: { body: true, url: false, time: true, id: true },

  async authenticate(request, { nowMs, read }) {
    const { 'openphone-signature': legacy, 'webhook-id': id } = request.headers;
    // Otherwise an unsigned id would become part of recording ids.
    if (legacy !== undefined && id !== undefined) return refused('openphone-signature and webhook-id: one scheme only');
    const proof = { ...request, secrets: await read(ofStandardWebhooks(webhookSecret)), nowMs };
    const reason = legacy === undefined ? whyNotCurrent(proof) : whyNotLegacy(legacy, proof);
    return reason === undefined ? authentic(request) : refused(reason);
  },

  classify(event, name) {
    const json = readJson(event.body);
    if (json === undefined) return NOT_JSON;
    const envelope = envelopeSchema.safeParse(json);
    if (!envelope.success) return unreadable(envelope.error);
    const { type, id, data } = envelope.data;
    const outcome = EVENT_OUTCOMES.get(type);
    if (outcome !== 'act') return { kind: 'ignored', reason: outcome ?? `type ${type.slice(0, 100)}` };
    if (!voicemail && VOICEMAILS.includes(type)) return NO_VOICEMAILS;
    const isLegacy = data?.object !== undefined;
    const call = (isLegacy ? legacySchema : VOICEMAILS.includes(type) ? voicemailSchema : currentSchema).safeParse(
      data,
    );
    if (!call.success) return unreadable(call.error);
    const eventId = event.headers['webhook-id'] ?? id;
    if (!eventId) return { kind: 'unreadable', reason: 'id: is missing' };
    const { read, positions, unread } = call.data.audio;
    if (read.length === 0) return { kind: 'ignored', reason: 'the event lists no recording' };
    const recordings = read.flatMap((each, index) =>
      each.url
        ? [toRecording(call.data, { ...each, url: each.url }, `${eventId}-${(positions[index] ?? 0) + 1}`, name)]
        : [],
    );
    if (recordings.length === 0 && unread) return { kind: 'unreadable', reason: `recordings ${unread}` };
    if (recordings.length === 0) return { kind: 'not-ready', reason: 'no recording in the event has a URL' };
    return { kind: 'recordings', recordings, ...(unread && { unread }) };
  },

  // Our own statuses fit: Quo retries eight times in 27 hours after every status but 2xx.
  fetch: { hosts: hosts ?? 'any-public', notYet: [404] },
});

const TOLERANCE_MS = 300_000;
/** It is not known whether Quo signs a legacy retry again. If not, this tolerance accepts all retries but the last. */
const LEGACY_TOLERANCE_MS = 18 * HOUR_MS;

const MAX_SIGNATURES = 10;

interface Proof {
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  secrets: readonly string[];
  nowMs: number;
}

const whyNotCurrent = ({ headers, body, secrets, nowMs }: Proof): string | undefined => {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures)
    return 'webhook-id, webhook-timestamp and webhook-signature are needed, or openphone-signature';
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp is not a number of seconds';
  if (Math.abs(nowMs - Number(timestamp) * 1000) > TOLERANCE_MS) return 'webhook-timestamp is stale';
  const matches = secrets.map((secret) => standardSignatureMatches(secret, { id, timestamp, signatures }, body));
  return matches.includes(true) ? undefined : 'webhook-signature does not match';
};

/** Several signatures are separated by commas, each with its own time. Each one needs an HMAC over the whole body. */
const whyNotLegacy = (header: string, { body, secrets, nowMs }: Proof): string | undefined => {
  const keys = secrets.map((secret) => Buffer.from(secret, 'base64')).filter((key) => key.length > 0);
  let reason = 'openphone-signature is not hmac;1;<milliseconds>;<base64>';
  for (const each of header.split(',', MAX_SIGNATURES)) {
    const [, timestamp, signature] = /^hmac;1;(\d{1,16});([A-Za-z0-9+/]+=*)$/.exec(each) ?? [];
    if (timestamp === undefined || signature === undefined) continue;
    const age = nowMs - Number(timestamp);
    const fresh = age <= LEGACY_TOLERANCE_MS && age >= -TOLERANCE_MS;
    const matches = keys.map((key) => sameText(signature, hmac('sha256', key, [`${timestamp}.`, body], 'base64')));
    if (fresh && matches.includes(true)) return undefined;
    reason = fresh ? 'openphone-signature does not match' : 'the time in openphone-signature is stale';
  }
  return reason;
};

const VOICEMAILS: readonly string[] = ['call.voicemail.completed'];

/** The outcome of each documented event. */
const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['call.recording.completed', 'act'],
  ['call.voicemail.completed', 'act'],
  ['call.answered', 'the call goes on'],
  ['call.ringing', 'the call has only begun'],
  ['call.missed', 'nobody took the call; a voicemail comes in an event of its own'],
  ['call.forwarded', 'the call was forwarded'],
  ['call.menu.selected', 'the call goes on'],
  ['call.completed', 'a call has ended; its recording comes in an event of its own'],
  ['call.transcript.completed', 'a transcript, no recording'],
  ['call.summary.completed', 'a summary, no recording'],
]);

const envelopeSchema = z.object({
  type: z.string().min(1),
  id: fact(z.string().max(500)),
  data: z.looseObject({}).nullish(),
});

const text = fact(z.string().trim().max(256));
const audioSchema = z.object({
  id: fact(z.string().max(512)),
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .max(8192)
    .nullish(),
  duration: fact(z.number().nonnegative()),
});
const callFields = { id: fact(z.string().max(512)), direction: text };

const resourceSchema = z.object({ ...callFields, recordings: entriesOf(audioSchema) });
const numbers = z.array(z.string().trim().max(256));
const participantsSchema = z.object({ workspace: numbers, external: numbers });
const currentSchema = z
  .object({
    resource: resourceSchema,
    context: fact(z.object({ participants: fact(participantsSchema) })),
  })
  .transform(({ resource, context }) => {
    const { workspace = [], external = [] } = context?.participants ?? {};
    const [ours, theirs] = [only(workspace), only(external)];
    const ends = resource.direction === 'incoming' ? { from: theirs, to: ours } : { from: ours, to: theirs };
    const parties = DIRECTIONS.has(resource.direction) ? ends : {};
    return {
      callId: resource.id,
      parties: known({ ...parties, direction: resource.direction }),
      audio: resource.recordings,
    };
  });

/** One voicemail. Its own fields name it and both numbers; public code also reads its URL where a recording has it. */
const voicemailSchema = z
  .object({
    resource: z.object({
      ...callFields,
      voicemailId: fact(z.string().max(512)),
      callId: fact(z.string().max(512)),
      from: text,
      to: text,
      duration: audioSchema.shape.duration,
      recordingUrl: audioSchema.shape.url,
      recordings: fact(entriesOf(audioSchema)),
    }),
  })
  .transform(({ resource: { id, voicemailId, callId, from, to, direction, duration, recordingUrl, recordings } }) => {
    const [listed] = recordings?.read ?? [];
    const url = recordingUrl ?? listed?.url;
    const audio: Entries<z.infer<typeof audioSchema>> = {
      read: [{ id: voicemailId || id || listed?.id, url, duration: duration ?? listed?.duration }],
      positions: [0],
    };
    return { callId, parties: known({ from, to, direction: direction ?? 'incoming' }), audio };
  });

const legacySchema = z
  .object({ object: z.object({ ...callFields, from: text, to: text, media: entriesOf(audioSchema) }) })
  .transform(({ object: { id, media, ...parties } }) => ({ callId: id, parties: known(parties), audio: media }));

const DIRECTIONS: ReadonlyMap<unknown, 'inbound' | 'outbound'> = new Map([
  ['incoming', 'inbound'],
  ['outgoing', 'outbound'],
]);

/** If a side has several numbers, Quo does not say which of them took part in the call. */
const only = (side: readonly string[]): string | undefined => (side.length === 1 ? side[0] : undefined);

const known = ({ from, to, direction }: { [Name in keyof Parties]?: string | null | undefined }): Parties => {
  const way = DIRECTIONS.get(direction);
  return { ...(from && { from }), ...(to && { to }), ...(way && { direction: way }) };
};

const toRecording = (
  { callId, parties }: z.infer<typeof legacySchema>,
  { id, url, duration }: z.infer<typeof audioSchema> & { url: string },
  withoutId: string,
  source: string,
): Recording => ({
  source,
  id: id || withoutId,
  ...(callId && { callId }),
  ...parties,
  ...(duration != null && { durationSeconds: duration }),
  media: { kind: 'url', url },
});
