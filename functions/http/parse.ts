import type * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';

/** Parses a request's values. @throws AftercallError `unreadable`, with each wrong field by name */
export const parse = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new AftercallError('unreadable', reason.join('; '));
};
