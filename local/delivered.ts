import * as z from 'zod';

/** A signed event, as `local/senders/<kind>.ts` makes one. */
export const deliveredSchema = z.object({
  secrets: z.record(z.string(), z.string()),
  method: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  /** What the source's own API answers, where its event alone does not do. */
  answers: z.record(z.string(), z.unknown()).default({}),
});
