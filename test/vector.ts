import * as z from 'zod';

/** The fields that a vector of an unknown kind must have. */
export const namedSchema = z.looseObject({ source: z.string(), scheme: z.string().default('') });

export const vectorSchema = namedSchema.extend({
  secret: z.string(),
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  expect: z.enum(['valid', 'invalid']),
  note: z.string().default(''),
  /** The verifier's clock, in seconds. */
  now: z.number().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  /** The required answer to a handshake; `headers` and `json` give the least, `max_bytes` the most. */
  response: z
    .object({
      status: z.number(),
      headers: z.record(z.string(), z.string()).default({}),
      json: z.unknown().optional(),
      max_bytes: z.number().default(Number.POSITIVE_INFINITY),
    })
    .optional(),
});
export type Vector = z.infer<typeof vectorSchema>;
