import { DAY_MS } from '../core/model/timing.ts';

/** The longest wait that another system can ask for. See the `…TroubleMs` in `core/model/timing.ts`. */
const MAX_RETRY_AFTER_MS = DAY_MS;

/**
 * A Retry-After header in milliseconds (RFC 9110: seconds or a date), a day at most; undefined where it is absent or
 * unreadable.
 */
export const retryAfterMs = (header: string | null | undefined, nowMs: number): number | undefined => {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return boundedMs(Number(text) * 1000);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined; // Date.parse reads "-5" as a day in 2001
  const dateMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`); // asctime's form has no zone and means GMT
  return boundedMs(dateMs - nowMs);
};

/** A wait that another system asks for, limited to a day; undefined where it is not a number. */
export const boundedMs = (ms: number): number | undefined =>
  Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
