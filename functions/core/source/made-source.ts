import * as z from 'zod';
import type { SecretRef } from '../ports/source.ts';

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks the secrets of a source. If an option is misspelt, a secret is undefined. */
const secretsSchema = z.array(
  z.custom<SecretRef>(
    (ref) => isRecord(ref) && typeof ref.name === 'string' && ref.name !== '',
    "an option with a secret is absent or misspelt: its value must be secret('NAME')",
  ),
);
export const madeSourceSchema = z.looseObject(
  { secrets: secretsSchema, fetch: z.looseObject({ secrets: secretsSchema.optional() }) },
  { error: 'must be a source, such as twilio({ … }) or defineSource({ … })' },
);
