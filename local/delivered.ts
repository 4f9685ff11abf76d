import * as z from 'zod';

const common = {
  secrets: z.record(z.string(), z.string()),
  /** The answers of the source's own API, if its event does not have all facts. */
  answers: z.record(z.string(), z.unknown()).default({}),
};

/** A signed event from `local/senders/<kind>.ts`. */
export const deliveredSchema = z.object({
  ...common,
  method: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

/** An object that the sender of a source without a hook puts into a bucket. */
export const droppedSchema = z.object({
  ...common,
  object: z.object({ bucket: z.string(), key: z.string(), metadata: z.record(z.string(), z.string()).default({}) }),
});
