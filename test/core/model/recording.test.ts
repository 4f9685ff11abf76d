import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalNumber } from '../../../functions/core/model/recording.ts';

describe('a telephone number in its canonical form', () => {
  test.each([
    ['+12052535597', '+12052535597'],
    ['+1 (205) 253-5597', '+12052535597'],
    ['  +1.205.253.5597\t', '+12052535597'],
    ['+44\u00a020\u00a07946\u00a00000', '+442079460000'],
    ['205-253-5597', '2052535597'],
  ])('has lost its ornaments: %j', (given, canonical) => {
    expect(canonicalNumber(given)).toBe(canonical);
  });

  test('has its plus sign again where a query string turned it into a space', () => {
    const from = new URL('https://bridge.example/hooks/acme?from=+12052535597').searchParams.get('from') ?? '';
    expect(from).toBe(' 12052535597');
    expect(canonicalNumber(from)).toBe('+12052535597');
  });

  test.each(['sip:alice@example.com', '+12052535597;ext=12', '1-800-FLOWERS', 'client:jenny', 'anonymous', '+'])(
    'is left as it is where it is no plain number: %s',
    (given) => {
      expect(canonicalNumber(given)).toBe(given);
    },
  );

  test('of a canonical form is that form, whatever the text', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...' +-().0123456789\t') }));
    fc.assert(fc.property(text, (given) => canonicalNumber(canonicalNumber(given)) === canonicalNumber(given)));
  });
});
