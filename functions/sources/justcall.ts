import * as z from 'zod';
import type { Parties } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { hostOfUrl, orMistakes } from '../core/source/or-mistakes.ts';
import { fact, readJson, readKind, unreadable } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';
import { whyStale } from '../core/source/signed-time.ts';

export interface JustcallOptions {
  /** The API secret: JustCall signs with it, and it is the second half of the credentials. */
  apiSecret: SecretRef;
  /** The API key: the first half. */
  apiKey: SecretRef;
  /** Where the API is, for a stand-in on a laptop. @default 'https://api.justcall.io' */
  apiUrl?: string | undefined;
  /** Hosts that a download may lead to (`*.example.com` takes in subdomains); any public host where absent. */
  hosts?: readonly string[];
}

/**
 * JustCall, `call.completed`: `x-justcall-signature`, hex HMAC-SHA256 over secret, hook URL, type and time. The call itself is not
 * signed: whoever has one signed delivery can put any call behind it. So only the call's id is taken, and the call is read again
 * from JustCall's API. https://developer.justcall.io/docs/dynamic-webhook-signatures
 */
export const justcall = (options: JustcallOptions): Source => orMistakes('justcall', () => make(options));

const make = ({ apiSecret, apiKey, apiUrl = 'https://api.justcall.io', hosts }: JustcallOptions): Source => ({
  kind: 'justcall',
  secrets: [apiSecret],
  covers: { body: false, url: true, time: true, id: false },
  payload: 'id-only',

  async authenticate({ url, headers, body, ...request }, { nowMs, read }) {
    const [signature, timestamp = ''] = [headers['x-justcall-signature'], headers['x-justcall-request-timestamp']];
    if (!signature) return refused('x-justcall-signature is needed');
    if (headers['x-justcall-signature-version'] !== 'v1') return refused('x-justcall-signature-version is not v1');
    if (!TIME.test(timestamp)) return refused('x-justcall-request-timestamp is no date and time');
    const utc = `${timestamp.replace(' ', 'T')}Z`;
    const stale = whyStale('x-justcall-request-timestamp', utc, 'iso', TOLERANCE_SECONDS, nowMs);
    if (stale) return refused(stale);
    const signed = signedSchema.safeParse(readJson(body));
    if (!signed.success) return refused('webhook_url and type are needed in the JSON body');
    // A signature for another hook URL of the account is valid too, so the event's own URL is compared with this hook.
    if (signed.data.webhook_url !== url) return refused('webhook_url is not the URL of this hook');
    const matches = (await read(apiSecret)).map((secret) => {
      const text = [secret, encodeURIComponent(url.toWellFormed()), signed.data.type, timestamp].join('|');
      return sameText(signature, hmac('sha256', secret, [text], 'hex'));
    });
    return matches.includes(true)
      ? authentic({ url, headers, body, ...request })
      : refused('x-justcall-signature does not match');
  },

  classify(event, name) {
    const typed = readKind(event.body, typeSchema);
    if (typed.kind === 'unreadable') return typed;
    const outcome = EVENT_OUTCOMES.get(typed.data.type);
    if (outcome !== 'act') return { kind: 'ignored', reason: outcome ?? `type ${typed.data.type.slice(0, 100)}` };
    const call = callSchema.safeParse(typed.json);
    if (!call.success) return unreadable(call.error);
    const { id } = call.data.data;
    const media = { kind: 'url' as const, url: `${callUrl(apiUrl, id)}/recording/download` };
    return { kind: 'recordings', recordings: [{ source: name, id, callId: id, media }] };
  },

  lookUpParties: (recording) => ({ url: callUrl(apiUrl, recording.id), read: readParties }),

  fetch: {
    // No document names the host behind the download. The redirect is the API's own answer; a private address is never connected to.
    hosts: hosts ? [hostOfUrl(apiUrl, 'apiUrl'), ...hosts] : 'any-public',
    async credentials(_recording, { read }) {
      const [keys, values] = [await read(apiKey), await read(apiSecret)]; // halves of one pair stand at the same place
      return keys.slice(0, values.length).map((key, index) => ({ authorization: `${key}:${values[index]}` }));
    },
    credentialHosts: [hostOfUrl(apiUrl, 'apiUrl')],
    secrets: [apiKey, apiSecret],
    notYet: [404],
  },
  // No statuses of its own: JustCall sends again after 429, 500 and 502 to 504.
});

/** Five tries take six minutes; whether a retry has a new time is not documented. */
const TOLERANCE_SECONDS = { past: 900, ahead: 300 };
/** In UTC, as the sample in the documentation shows. */
const TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

/** The outcome of each documented event. */
const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['call.completed', 'act'],
  ['call.initiated', 'the call has only begun'],
  ['call.answered', 'the call has only been answered'],
  ['call.missed', 'a missed call has no recording'],
]);

const signedSchema = z.object({ webhook_url: z.string(), type: z.string() });
const typeSchema = z.object({ type: z.string({ error: 'is missing' }).min(1) });
/** A number in the samples; a text is accepted as well. */
const id = z
  .union([z.int().positive().transform(String), z.string()], { error: 'is missing' })
  .pipe(z.string().regex(/^[\w-]{1,64}$/, 'must be letters, digits, - and _'));
const callSchema = z.object({ data: z.object({ id }) });

const callUrl = (apiUrl: string, callId: string): string => `${apiUrl}/v2.1/calls/${encodeURIComponent(callId)}`;

// The API's answer is known from third parties: every field may be missing.
const text = fact(z.string().trim().min(1).max(256));
const answerSchema = z.object({
  data: z.object({
    contact_number: text,
    justcall_number: text,
    call_info: fact(z.object({ direction: fact(z.string()) })),
  }),
});
const readParties = (json: unknown): Parties | undefined => {
  const { contact_number: contact, justcall_number: ours, call_info } = answerSchema.safeParse(json).data?.data ?? {};
  const direction = DIRECTIONS.get(call_info?.direction?.toLowerCase() ?? '');
  if (!direction || !contact || !ours) return undefined;
  return direction === 'inbound' ? { from: contact, to: ours, direction } : { from: ours, to: contact, direction };
};
const DIRECTIONS: ReadonlyMap<string, 'inbound' | 'outbound'> = new Map([
  ['incoming', 'inbound'],
  ['inbound', 'inbound'],
  ['outgoing', 'outbound'],
  ['outbound', 'outbound'],
]);
