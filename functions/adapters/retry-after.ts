/** A Retry-After header in milliseconds (RFC 9110: seconds or a date); undefined where it is absent or unreadable. */
export const retryAfterMs = (header: string | null | undefined, nowMs: number): number | undefined => {
  if (!header) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
};
