/** How a sender writes the time of a delivery. `auto`: seconds or milliseconds, told apart by the number of digits. */
export type TimeUnit = 'seconds' | 'milliseconds' | 'auto' | 'iso';

/** How old a delivery may be, and how far ahead of our clock; one number holds for both. */
export type ToleranceSeconds = number | { past: number; ahead: number };

/**
 * Why the time of a delivery is not accepted; undefined where it is.
 * @param name of the header or field, for the reason
 * @param nowMs milliseconds since 1970
 */
export const whyStale = (
  name: string,
  sent: string,
  unit: TimeUnit,
  tolerance: ToleranceSeconds,
  nowMs: number,
): string | undefined => {
  const sentMs = millisecondsOf(sent, unit);
  if (sentMs === undefined) return `${name} is not ${SHAPES[unit]}`;
  const { past, ahead } = typeof tolerance === 'number' ? { past: tolerance, ahead: tolerance } : tolerance;
  const ageMs = nowMs - sentMs;
  return ageMs > past * 1000 || ageMs < -ahead * 1000 ? `${name} is stale` : undefined;
};

const SHAPES: Readonly<Record<TimeUnit, string>> = {
  seconds: 'a number of seconds',
  milliseconds: 'a number of milliseconds',
  auto: 'a number of seconds or milliseconds',
  iso: 'a date and time in ISO 8601 with a zone',
};

// Date, time and zone are required: where no separator stands between body and time, a shorter time could lose a digit to the body.
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

const millisecondsOf = (sent: string, unit: TimeUnit): number | undefined => {
  if (unit === 'iso') {
    const ms = ISO.test(sent) ? Date.parse(sent) : Number.NaN;
    return Number.isNaN(ms) ? undefined : ms;
  }
  if (!/^\d{1,16}$/.test(sent)) return undefined;
  // Seconds have ten digits until the year 2286, milliseconds thirteen.
  const isSeconds = unit === 'seconds' || (unit === 'auto' && sent.length < 13);
  return Number(sent) * (isSeconds ? 1000 : 1);
};
