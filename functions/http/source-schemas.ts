import * as z from 'zod';
import { STATES } from '../core/model/memo.ts';

const time = z.iso.datetime().describe('UTC');
const webhooks = {
  today: z.int().describe('how many came today, in UTC; in a flood, the bridge counts at least half of them'),
  since: time.describe('when the first of today came').exactOptional(),
  last_at: time,
  reason: z.string().describe('the reason of the last one'),
};
const sourceSeen = z.strictObject({
  name: z.string(),
  last_accepted_at: time.describe('when the last webhook or object came that made a memo').exactOptional(),
  accepted_today: z
    .int()
    .describe('how many memos were made today, in UTC, up to 1,000; a webhook that comes again makes none'),
  ignored: z.strictObject(webhooks).describe('webhooks and objects that are no recording').exactOptional(),
  refused: z
    .strictObject({
      ...webhooks,
      says: z.string().describe('the reason in plain words'),
      likely_causes: z.array(z.string()).describe('the likeliest first, each with what to do'),
    })
    .exactOptional(),
});

const event = z.strictObject({
  id: z.string().describe('stays the same while the event changes'),
  at: time,
  outcome: z.enum(['accepted', 'ignored', 'refused']),
  count: z.int().describe('how many webhooks of one minute had this outcome and reason'),
  reason: z.string().describe('why no memo was made').exactOptional(),
  memos: z.array(z.strictObject({ id: z.string(), state: z.enum(STATES), reason: z.string().exactOptional() })),
  has_payload: z.boolean().describe('whether its masked payload can be read'),
});

/** The answer of `GET /sources/:source/events`. */
export const sourceEventList = z.strictObject({
  events: z.array(event).describe('the last twenty, newest first'),
  inspects: z.boolean().describe('whether payloads are kept: `inspect: true` in the configuration'),
});

/** The answer of `GET /sources/:source/events/:event/payload`. */
export const eventPayload = z.strictObject({
  event: z.string(),
  payload: z.string().describe('without telephone numbers, secrets, tokens, queries of URLs, and audio'),
});

/** The answer of `GET /sources`. */
export const sourceList = z.strictObject({ sources: z.array(sourceSeen) });
