import type * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';

/** What a request says, through its schema; what is wrong is named field by field. */
export const parse = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new AftercallError('unreadable', reason.join('; '));
};
