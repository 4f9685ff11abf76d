import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { retryAfterMs } from '../../functions/adapters/retry-after.ts';

const toHttp = (date: Date): string => date.toUTCString();

/** RFC 9110, 5.6.7: the same instant in the three forms that a recipient must read. */
const NOW_MS = Date.UTC(1994, 10, 6, 8, 49, 7);

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['1', 1000],
    ['120', 120_000],
    [' 120 ', 120_000],
    ['43200', 43_200_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
    ['Sun Nov  6 08:49:37 1994', 30_000],
    ['Sun, 06 Nov 1994 08:49:07 GMT', 0],
    ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
  ])('of "%s" is a wait of %i ms', (header, ms) => {
    expect(retryAfterMs(header, NOW_MS)).toBe(ms);
  });

  test.each([
    undefined,
    null,
    '',
    ' ',
    'soon',
    '-5',
    '1.5',
    '1e3',
    '0x10',
    '5 minutes',
    '5s',
    'Infinity',
    'NaN',
    '5, 10',
  ])('of %j is none', (header) => {
    expect(retryAfterMs(header, NOW_MS)).toBeUndefined();
  });

  test.each([
    '86401',
    '99999999999',
    '9999999999999',
    '9'.repeat(400),
    'Fri, 31 Dec 9999 23:59:59 GMT',
    'Wed, 01 Jan 275760 00:00:00 GMT',
  ])('of %j is a day: nobody is waited for longer', (header) => {
    expect(retryAfterMs(header, NOW_MS)).toBe(24 * 60 * 60 * 1000);
  });

  test('without a zone means GMT wherever we are', () => {
    vi.stubEnv('TZ', 'America/New_York');

    expect(retryAfterMs('Sun Nov  6 08:49:37 1994', NOW_MS)).toBe(30_000);

    vi.unstubAllEnvs();
  });

  test('is never a wait into the past, nor beyond a day, nor anything but a number', () => {
    const dates = fc.date({ noInvalidDate: true });
    const headers = fc.oneof(fc.string(), fc.bigInt({ min: 0n }).map(String), dates.map(String), dates.map(toHttp));
    fc.assert(
      fc.property(headers, (header) => {
        const ms = retryAfterMs(header, NOW_MS);
        expect(ms === undefined || (ms >= 0 && ms <= 24 * 60 * 60 * 1000)).toBe(true);
      }),
    );
  });
});
