import * as z from 'zod';

/** A signed event from `local/senders/<kind>.ts`. */
export const deliveredSchema = z.object({
  secrets: z.record(z.string(), z.string()),
  method: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  /** The answers of the source's own API, if its event does not have all facts. */
  answers: z.record(z.string(), z.unknown()).default({}),
});
