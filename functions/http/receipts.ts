import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';
import { memoNamed } from '../core/model/memo-file.ts';
import { isoTime, type Timing } from '../core/model/timing.ts';
import type { applyLinqEvent, Notice } from '../core/policy/apply-linq-event.ts';
import type { Clock, Log, Secrets } from '../core/ports/ports.ts';
import type { SecretRef } from '../core/ports/source.ts';
import type { applyReceipt, NewReceipt } from '../core/send/apply-receipt.ts';
import { fact, readJson } from '../core/source/read-json.ts';
import { whyNotStandard } from '../core/source/signature.ts';
import { withFreshSecrets } from '../core/source/with-fresh-secrets.ts';
import { parse } from './parse.ts';

export interface ReceiptsOptions {
  applyReceipt: ReturnType<typeof applyReceipt>;
  applyLinqEvent: ReturnType<typeof applyLinqEvent>;
  secrets: Secrets;
  linqWebhookSecret: SecretRef;
  clock: Clock;
  timing: Timing;
  log: Log;
}

const MAX_BODY_BYTES = 256 * 1024;

/**
 * `POST /linq`: Linq's events, signed by Standard Webhooks; its older `X-Webhook-*` signature is not accepted. Linq waits
 * ten seconds for a 2xx, and sends an event again only after a 5xx, so our own trouble is a 503.
 */
export const receiptRoutes = (options: ReceiptsOptions) => {
  const tooLarge = () => {
    throw new AftercallError('too_large', `an event of Linq's may have ${MAX_BODY_BYTES} bytes`);
  };
  return new Hono().post('/linq', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }), async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    await prove(options, c.req.header(), body);
    const { type, receipt, notice } = read(options, body);
    if (notice) await applied(options, () => options.applyLinqEvent(notice));
    if (receipt) return c.json(await applied(options, () => options.applyReceipt(receipt)));
    return c.json(notice ? {} : { ignored: type.slice(0, 100) });
  });
};

/**
 * Of a row that a later version wrote, the answer is 503 and not 409, so that Linq sends the event again: the later version
 * may then be back.
 */
const applied = async <T>({ log }: ReceiptsOptions, apply: () => Promise<T>): Promise<T> => {
  try {
    return await apply();
  } catch (error) {
    if (!(error instanceof AftercallError && error.code === 'later_version')) throw error;
    log.error("an event of Linq's is about a row of a later version", { step: 'api', outcome: 'later-version', error });
    throw new AftercallError('unavailable', error.message, { retryable: true, retryAfterMs: AGAIN_MS, cause: error });
  }
};

/** A rollback is mostly undone within hours. Linq itself decides how often it asks. */
const AGAIN_MS = 60_000;

/** Linq does not send an event again after a 4xx, so an unreadable event rings an alarm: the subscription's version may be wrong. */
const read = (options: ReceiptsOptions, body: Uint8Array) => {
  try {
    const json = readJson(body);
    if (json === undefined) throw new AftercallError('unreadable', 'the body is not JSON');
    const { event_type: type } = parse(eventSchema, json);
    const utc = timeOf(options);
    return { type, receipt: toReceipt(type, json, utc), notice: toNotice(type, json, utc) };
  } catch (error) {
    options.log.warn("an event of Linq's cannot be read: is ?version=2026-02-03 on its URL?", {
      step: 'api',
      outcome: 'unreadable',
      error,
    });
    throw error;
  }
};

const prove = async (
  { secrets, linqWebhookSecret, clock, log }: ReceiptsOptions,
  headers: Record<string, string>,
  body: Uint8Array,
) => {
  const refusal = async () =>
    whyNotStandard({ headers, body }, 'webhook', await secrets.read(linqWebhookSecret), clock);
  const reason = await withFreshSecrets(secrets, refusal, (found) => found !== undefined);
  if (reason !== undefined) {
    log.warn("an event of Linq's is refused", { step: 'api', outcome: 'refused', reason });
    throw new AftercallError('not_authentic', reason);
  }
};

/** The only field that every event must have: Linq adds types of events. */
export const eventSchema = z.object({ event_type: z.string() });

/** A part of an unknown kind is left out: the receipt, or a STOP beside it, still counts. */
const partsOf = <Shape extends z.ZodRawShape>(shape: Shape) => fact(z.array(fact(z.object(shape))));

const EVENTS = { 'message.sent': 'sent', 'message.delivered': 'delivered', 'message.read': 'read' } as const;
const created_at = z.iso.datetime({ offset: true });
const messageSchema = z.object({
  created_at,
  data: z.object({
    id: z.string().min(1).max(256),
    direction: z.string().nullish(),
    chat: z.object({ id: z.string().max(256).nullish() }).nullish(),
    parts: partsOf({ filename: fact(z.string()) }),
  }),
});
const failureSchema = z.object({
  created_at,
  data: z.object({
    message_id: z.string().min(1).max(256).nullish(),
    code: z.union([z.number(), z.string()]).nullish(),
    reason: z.string().nullish(),
  }),
});

const receivedSchema = z.object({
  created_at,
  data: z.object({
    chat: z.object({ id: z.guid().toLowerCase(), is_group: z.boolean().nullish() }),
    parts: partsOf({ value: fact(z.string()) }),
    sender_handle: z.object({ handle: z.string().nullish() }).nullish(),
  }),
});
const lineSchema = z.object({ created_at, data: z.object({ phone_number: z.string(), new_status: z.string() }) });

const tokenSchema = z.object({ data: z.object({ api_token: z.object({ id: z.string().min(1).max(256) }) }) });
const expirySchema = z.object({
  data: z.object({
    api_token: z.object({ expires_at: z.iso.datetime({ offset: true }).nullish() }),
    change: z.object({ to: z.iso.datetime({ offset: true }).nullish() }).nullish(),
  }),
});
const subscriptionSchema = z.object({
  data: z.object({ webhook_subscription: z.object({ target_url: fact(z.string()) }) }),
});

/** Events of the Linq account; types as in Linq's newest libraries. */
const toAccountNotice = (type: string, json: unknown): Notice | undefined => {
  if (type === 'webhook_subscription.disabled') {
    const { target_url: target } = parse(subscriptionSchema, json).data.webhook_subscription;
    return { kind: 'subscription-off', target: target?.slice(0, 256) ?? 'a URL that the event does not name' };
  }
  if (!/^api_token\.(created|expiry_scheduled|expired|deleted)$/.test(type)) return undefined;
  const token = parse(tokenSchema, json).data.api_token.id;
  if (type === 'api_token.expired' || type === 'api_token.deleted')
    return { kind: 'token-gone', token, how: type === 'api_token.expired' ? 'expired' : 'deleted' };
  const { api_token, change } = parse(expirySchema, json).data;
  const at = type === 'api_token.created' ? api_token.expires_at : change?.to;
  return { kind: 'token', token, ...(at && { expiresAt: isoTime(Date.parse(at)) }) };
};

/** A STOP in a group is ignored: nobody can speak for the others. */
const toNotice = (type: string, json: unknown, utc: (text: string) => string): Notice | undefined => {
  if (type === 'phone_number.status_updated') {
    const { created_at, data } = parse(lineSchema, json);
    const { phone_number: line, new_status: status } = data;
    const isKnown = status === 'ACTIVE' || status === 'FLAGGED';
    return isKnown ? { kind: 'line', at: utc(created_at), line, status } : undefined;
  }
  if (type !== 'message.received') return toAccountNotice(type, json);
  const { created_at, data } = parse(receivedSchema, json);
  const { chat, parts, sender_handle } = data;
  const at = utc(created_at);
  const text = (parts ?? []).map((part) => part?.value ?? '').join(' ');
  const from = sender_handle?.handle;
  return chat.is_group ? undefined : { kind: 'wrote', at, chat: chat.id, text, ...(from && { from }) };
};

/** @returns undefined where the event is no receipt */
const toReceipt = (type: string, json: unknown, utc: (text: string) => string): NewReceipt | undefined => {
  if (type === 'message.failed') {
    const { created_at, data } = parse(failureSchema, json);
    const reason = [data.code, data.reason].filter(Boolean).join(' ').slice(0, 1024);
    return data.message_id
      ? { messageId: data.message_id, failed: utc(created_at), ...(reason && { reason }) }
      : undefined;
  }
  if (!Object.hasOwn(EVENTS, type)) return undefined;
  const { created_at, data } = parse(messageSchema, json);
  // `hasOwn` has just shown that the cast is true.
  const event = EVENTS[type as keyof typeof EVENTS];
  const chat = data.chat?.id?.toLowerCase();
  // An inbound message is the other side's, even with our file in it.
  const names = data.direction === 'inbound' ? [] : (data.parts ?? []).map((part) => part?.filename ?? '');
  const file = names.find((name) => memoNamed(name) !== undefined);
  return { messageId: data.id, [event]: utc(created_at), ...(chat && { chat }), ...(file && { file }) };
};

/**
 * An event's time in UTC. A time in the future, beyond the clocks' tolerance, counts as now: a STOP from the year 2099 would
 * outlast every later reply.
 */
const timeOf =
  ({ clock, timing }: ReceiptsOptions) =>
  (text: string): string => {
    const [ms, nowMs] = [Date.parse(text), clock.nowMs()];
    return isoTime(ms > nowMs + timing.clockSkewMs ? nowMs : ms);
  };
