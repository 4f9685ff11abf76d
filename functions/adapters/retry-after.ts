/** The longest wait that another system can ask of us. Nobody is waited for longer: see the `…TroubleMs` of `core/model/timing.ts`. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * A Retry-After header in milliseconds (RFC 9110: seconds or a date), a day at most; undefined where it is absent or
 * unreadable.
 */
export const retryAfterMs = (header: string | null | undefined, nowMs: number): number | undefined => {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return boundedMs(Number(text) * 1000);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined; // Date.parse reads "-5" as some day of 2001
  const dateMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`); // asctime's form names no zone and means GMT
  return boundedMs(dateMs - nowMs);
};

/** A wait that another system asks for, from none to a day; undefined where it is no number. */
export const boundedMs = (ms: number): number | undefined =>
  Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
