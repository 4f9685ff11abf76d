/** A Retry-After header in milliseconds (RFC 9110: seconds or a date); undefined where it is absent or unreadable. */
export const retryAfterMs = (header: string | null | undefined, nowMs: number): number | undefined => {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined; // Date.parse reads "-5" as some day of 2001
  const dateMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`); // asctime's form names no zone and means GMT
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
};
