import * as z from 'zod';

const time = z.iso.datetime().describe('UTC');
const webhooks = {
  today: z.int().describe('how many came today, in UTC; in a flood, at least half of them are counted'),
  since: time.describe('when the first one of today came').exactOptional(),
  last_at: time,
  reason: z.string().describe('of the last one'),
};
const sourceSeen = z.strictObject({
  name: z.string(),
  last_accepted_at: time.describe('when the last webhook or object came that made a memo').exactOptional(),
  ignored: z.strictObject(webhooks).describe('webhooks and objects that are no recording').exactOptional(),
  refused: z
    .strictObject({
      ...webhooks,
      says: z.string().describe('the reason in plain words'),
      likely_causes: z.array(z.string()).describe('the likeliest first, each with what to do'),
    })
    .exactOptional(),
});

/** The answer of `GET /sources`. */
export const sourceList = z.strictObject({ sources: z.array(sourceSeen) });
