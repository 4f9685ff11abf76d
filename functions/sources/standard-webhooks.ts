import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { readKind, unreadable } from '../core/source/read-json.ts';
import { ofStandardWebhooks, whyNotStandard } from '../core/source/signature.ts';

export interface StandardWebhooksOptions {
  /** `whsec_` and the key in base64, or the base64 alone. */
  secret: SecretRef;
  /** The prefix of the header names. The values are the same. @default 'webhook' */
  prefix?: 'webhook' | 'svix';
  /** Hosts that recordings may come from (`*.example.com` includes subdomains). @default any public host */
  hosts?: readonly string[];
}

/**
 * Any system that signs by the Standard Webhooks specification (https://www.standardwebhooks.com): HMAC-SHA256 over
 * `<id>.<timestamp>.<body>`, five minutes of tolerance either way. The body is ours, see
 * `docs/sources/standard-webhooks.md`.
 */
export const standardWebhooks = ({ secret, prefix = 'webhook', hosts }: StandardWebhooksOptions): Source => ({
  kind: prefix === 'svix' ? 'svix' : 'standard-webhooks',
  secrets: [ofStandardWebhooks(secret)],
  covers: { body: true, url: false, time: true, id: true },

  async authenticate(request, { nowMs, read }) {
    const secrets = await read(ofStandardWebhooks(secret));
    // Both header names mean the same, and senders change them with a version of their library.
    const other = prefix === 'svix' ? 'webhook' : 'svix';
    const named =
      request.headers[`${prefix}-signature`] === undefined && request.headers[`${other}-signature`] ? other : prefix;
    const reason = whyNotStandard(request, named, secrets, { nowMs: () => nowMs });
    if (!reason) return authentic(request);
    // A signature begins with `v1`, and some dashboards show secrets in that form.
    const mistaken = secrets.some((value) => /^v1,/.test(value));
    return refused(
      mistaken ? `${reason}: the secret here begins with "v1"; remove the characters before whsec_` : reason,
    );
  },

  classify(event, name) {
    const typed = readKind(event.body, typeSchema);
    if (typed.kind === 'unreadable') return typed;
    if (typed.data.type !== 'recording.completed')
      return { kind: 'ignored', reason: `type ${typed.data.type.slice(0, 100)}` };
    const body = bodySchema.safeParse(typed.json);
    if (!body.success) return unreadable(body.error);
    return { kind: 'recordings', recordings: [toRecording(body.data.data, name)] };
  },

  fetch: { hosts: hosts ?? 'any-public', notYet: [404] },
});

const typeSchema = z.object({ type: z.string().min(1) });

const text = z.string().trim().max(512).nullish();
const dataSchema = z.object({
  id: z.string().min(1).max(512),
  recording_url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192),
  call_id: text,
  from: text,
  to: text,
  direction: z.enum(['inbound', 'outbound']).nullish(),
  duration_seconds: z.number().nonnegative().nullish(),
  chat_id: z.guid({ error: 'must be a UUID' }).nullish(),
});
const bodySchema = z.object({ type: z.string(), timestamp: z.string().optional(), data: dataSchema });

const toRecording = (data: z.infer<typeof dataSchema>, source: string): Recording => ({
  source,
  id: data.id,
  ...(data.call_id && { callId: data.call_id }),
  ...(data.from && { from: data.from }),
  ...(data.to && { to: data.to }),
  ...(data.direction && { direction: data.direction }),
  ...(data.duration_seconds != null && { durationSeconds: data.duration_seconds }),
  ...(data.chat_id && { chat: data.chat_id.toLowerCase() }),
  media: { kind: 'url', url: data.recording_url },
});
