import * as z from 'zod';

/** A time of a request, with any offset. Rows hold times in UTC, and times are compared as text. */
export const utcTime = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text).toISOString())
  .exactOptional();
