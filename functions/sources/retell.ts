import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { fact, readKind, unreadable } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';

export interface RetellOptions {
  /** The API key with the webhook badge. No other key signs. */
  apiKey: SecretRef;
  /** Further hosts that recordings may come from. */
  hosts?: readonly string[];
}

/**
 * Retell AI, agent or account webhook: `x-retell-signature: v=<ms>,d=<hex>`, HMAC-SHA256 over the body followed by the
 * milliseconds, five minutes of tolerance either way. https://docs.retellai.com/features/secure-webhook
 *
 * Our own statuses fit: Retell retries three times after every status but 2xx, and is not known to disable a hook.
 */
export const retell = ({ apiKey, hosts = [] }: RetellOptions): Source => ({
  kind: 'retell',
  secrets: [apiKey],
  covers: { body: true, url: false, time: true, id: false },

  async authenticate(request, { nowMs, read }) {
    // Exactly thirteen digits: body and time are signed without a mark between them, so a shorter time could be part of
    // the body.
    const sent = /^v=(\d{13}),d=([0-9a-f]{64})$/.exec(request.headers['x-retell-signature'] ?? '');
    if (!sent) return refused('x-retell-signature is needed, as v=<milliseconds>,d=<hex>');
    const [, milliseconds = '', digest = ''] = sent;
    if (Math.abs(nowMs - Number(milliseconds)) > TOLERANCE_MS) return refused('x-retell-signature is stale');
    let matches = false;
    for (const key of await read(apiKey)) {
      if (sameText(digest, hmac('sha256', key, [request.body, milliseconds], 'hex'))) matches = true;
    }
    return matches
      ? authentic(request)
      : refused('x-retell-signature does not match: is this the key with the webhook badge?');
  },

  classify(event, name) {
    const typed = readKind(event.body, typeSchema);
    if (typed.kind === 'unreadable') return typed;
    const type = typed.data.event;
    const outcome = EVENT_OUTCOMES.get(type);
    if (outcome !== 'act') return { kind: 'ignored', reason: outcome ?? `event ${type.slice(0, 100)}` };
    const body = bodySchema.safeParse(typed.json);
    if (!body.success) return unreadable(body.error);
    const { call } = body.data;
    const url = call.recording_url ?? call.scrubbed_recording_url;
    if (url) return { kind: 'recordings', recordings: [toRecording(call, url, name)] };
    if (type === 'call_ended') return { kind: 'not-ready', reason: 'no recording_url yet; call_analyzed brings it' };
    return { kind: 'ignored', reason: 'the call has no recording' };
  },

  fetch: { hosts: [...HOSTS, ...hosts], notYet: [404] },
});

const TOLERANCE_MS = 300_000;

/** The hosts that were seen, and those in the API's examples. */
const HOSTS = ['dxc03zgurdly9.cloudfront.net', 'retellai.s3.us-west-2.amazonaws.com'];

/** The outcome of each documented event. */
const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['call_ended', 'act'],
  ['call_analyzed', 'act'], // brings the same recording again, or for the first time
  ['call_started', 'the call has only begun'],
  ['transcript_updated', 'a transcript, no recording'],
  ['transfer_started', 'a transfer, no recording'],
  ['transfer_bridged', 'a transfer, no recording'],
  ['transfer_cancelled', 'a transfer, no recording'],
  ['transfer_ended', 'a transfer, no recording'],
  ['chat_started', 'a chat, no recording'],
  ['chat_ended', 'a chat, no recording'],
  ['chat_analyzed', 'a chat, no recording'],
]);

const typeSchema = z.object({ event: z.string().min(1) });

const number = fact(z.string().trim().max(256));
const url = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .max(8192)
  .nullish();
const callSchema = z.object({
  call_id: z.string({ error: 'is missing' }).min(1).max(512),
  // Absent for a web call.
  from_number: number,
  to_number: number,
  direction: fact(z.enum(['inbound', 'outbound'])),
  duration_ms: fact(z.number().nonnegative()),
  recording_url: url,
  /** The recording without personal data, for an agent that keeps no other. */
  scrubbed_recording_url: url,
});
const bodySchema = z.object({ call: callSchema });

const toRecording = (call: z.infer<typeof callSchema>, audio: string, source: string): Recording => ({
  source,
  id: call.call_id,
  callId: call.call_id,
  ...(call.from_number && { from: call.from_number }),
  ...(call.to_number && { to: call.to_number }),
  ...(call.direction && { direction: call.direction }),
  ...(call.duration_ms != null && { durationSeconds: call.duration_ms / 1000 }),
  media: { kind: 'url', url: audio },
});
