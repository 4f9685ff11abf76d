import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { fact, NOT_JSON, readJson, unreadable } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';

export interface BlandOptions {
  /** The account's webhook signing secret. */
  webhookSecret: SecretRef;
  /** An API key that opens the recordings. Without a key, only public recordings can be fetched. */
  apiKey?: SecretRef;
  /** Hosts that recordings may come from (`*.example.com` includes subdomains). @default any public host */
  hosts?: readonly string[];
}

/**
 * Bland AI, post-call webhook: `x-webhook-signature`, hex HMAC-SHA256 over the body. There is no timestamp; the call's
 * id stops a replay. https://docs.bland.ai/tutorials/webhook-signing
 */
export const bland = ({ webhookSecret, apiKey, hosts }: BlandOptions): Source => ({
  kind: 'bland',
  secrets: [webhookSecret],
  covers: { body: true, url: false, time: false, id: false },

  async authenticate(request, { read }) {
    const signature = request.headers['x-webhook-signature'];
    if (!signature) return refused('x-webhook-signature is needed');
    const secrets = await read(webhookSecret);
    const matches = secrets.map((secret) => sameText(signature, hmac('sha256', secret, [request.body], 'hex')));
    return matches.includes(true) ? authentic(request) : refused('x-webhook-signature does not match');
  },

  classify(event, name) {
    const json = readJson(event.body);
    if (json === undefined) return NOT_JSON;
    const kind = kindSchema.safeParse(json);
    if (!kind.success) return unreadable(kind.error);
    const { event_type: type, corrected_transcript: corrected, recording_url: url } = kind.data;
    if (type) return { kind: 'ignored', reason: LATER.get(type) ?? `event_type ${type.slice(0, 100)}` };
    if (corrected != null) return { kind: 'ignored', reason: 'a transcript, corrected after the call' };
    if (!url) return { kind: 'ignored', reason: 'the call has no recording: is `record` on?' };
    const call = callSchema.safeParse(json);
    if (!call.success) return unreadable(call.error);
    return { kind: 'recordings', recordings: [toRecording(call.data, name)] };
  },

  // No document names the host of `recording_url`. The URL is in the signed body, and no private address is ever
  // connected, so any public host is allowed: a guessed host would lose recordings at others. The key goes only to the
  // API's own host.
  fetch: {
    hosts: hosts ? [API_HOST, ...hosts] : 'any-public',
    notYet: [404],
    ...(apiKey && {
      secrets: [apiKey],
      credentialHosts: [API_HOST],
      credentials: async (_recording, { read }) => (await read(apiKey)).map((key) => ({ authorization: key })),
      whenRefused: 'is the API key of the account that made the call?',
      // https://docs.bland.ai/api-v1/get/calls-id-recording
      apiUrl: ({ id }) => `https://${API_HOST}/v1/recordings/${encodeURIComponent(id)}`,
    }),
  },

  // Bland retries after every 4xx and 5xx. That helps while a secret is wrong (401), and not for a body that cannot be
  // read.
  statuses: { unreadable: 200 },
});

const API_HOST = 'api.bland.ai';

/** Later posts about a call that an earlier post has announced. */
const LATER: ReadonlyMap<string, string> = new Map([
  ['citations', 'citations of an earlier call'],
  ['post_transfer_transcript', 'a transcript of the call after a transfer'],
  ['live_translation_transcript', 'a translated transcript'],
  ['multiple', 'later notes about a call, no recording'],
]);

const kindSchema = z.object({
  event_type: z.string().nullish(),
  corrected_transcript: z.unknown().optional(),
  recording_url: z.unknown().optional(),
});

const text = fact(z.string().max(256));
const callSchema = z.object({
  call_id: z.string({ error: 'is missing' }).regex(/^[\w-]{1,512}$/, 'must be letters, digits, - and _'),
  recording_url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192),
  from: text,
  to: text,
  inbound: fact(z.boolean()),
  /** In minutes, with a fraction. */
  call_length: fact(z.number().nonnegative()),
});

const toRecording = (call: z.infer<typeof callSchema>, source: string): Recording => ({
  source,
  id: call.call_id,
  callId: call.call_id,
  ...(call.from && { from: call.from }),
  ...(call.to && { to: call.to }),
  ...(call.inbound != null && { direction: call.inbound ? 'inbound' : 'outbound' }),
  ...(call.call_length != null && { durationSeconds: Math.round(call.call_length * 60_000) / 1000 }),
  media: { kind: 'url', url: call.recording_url },
});
