import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublic } from '../../functions/adapters/recordings.guard.ts';

/**
 * IANA's special-purpose address registries (RFC 6890 and its updates) as of 2026: every range that is not globally
 * reachable, and multicast. The protocol assignments 192.0.0.0/24 and 2001::/23 count whole, although single addresses
 * in them are reachable.
 */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(rangeV4);
const SPECIAL_V6 = [
  ['0::', 8], // loopback, unspecified, v4-mapped, v4-compatible
  ['64::', 16], // contains NAT64 (64:ff9b::/96, 64:ff9b:1::/48); IANA has assigned no other part of it
  ['100::', 16], // discard-only, dummy prefix
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
].map(([prefix, bits]) => rangeV6(String(prefix), Number(bits)));
/** The only block from which IANA assigns global unicast addresses (RFC 4291, ipv6-address-space). */
const UNICAST_V6 = rangeV6('2000::', 3);

describe('isPublic', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.1',
    '192.31.196.1', // AS112, globally reachable
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2606:4700:4700::1111',
    '2620:4f:8000::1', // AS112, globally reachable
    '2a00:1450:4001:82a::200e',
  ])('takes %s', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test.each([
    '',
    'localhost',
    '127.0.0.1:80',
    '[::1]',
    '0x7f.1',
    '2130706433',
    '1.1.1',
    '08.8.8.8',
    ' 8.8.8.8',
    '::1%lo',
  ])('refuses what is no plain public address: "%s"', (text) => {
    expect(isPublic(text)).toBe(false);
  });

  test.each(SPECIAL_V4)('has the first and last address of $name on the right side', ({ first, last }) => {
    for (const inside of [first, last]) expect([v4(inside), isPublic(v4(inside))]).toEqual([v4(inside), false]);
    for (const outside of [first - 1n, last + 1n]) {
      if (outside < 0n || outside > 0xffffffffn) continue;
      expect([v4(outside), isPublic(v4(outside))]).toEqual([v4(outside), !isSpecialV4(outside)]);
    }
  });

  test.each(SPECIAL_V6)('has the first and last address of $name on the right side', ({ first, last }) => {
    for (const inside of [first, last]) expect([v6(inside), isPublic(v6(inside))]).toEqual([v6(inside), false]);
    for (const outside of [first - 1n, last + 1n]) {
      if (outside < 0n || outside >> 128n > 0n) continue;
      expect([v6(outside), isPublic(v6(outside))]).toEqual([v6(outside), isGlobalV6(outside)]);
    }
  });

  test('agrees with the registry on any v4 address', () => {
    const near = fc.constantFrom(...SPECIAL_V4).chain(({ first, last }) => fc.bigInt({ min: first, max: last }));
    fc.assert(
      fc.property(fc.oneof(near, fc.bigInt({ min: 0n, max: 0xffffffffn })), (address) => {
        expect(isPublic(v4(address))).toBe(!isSpecialV4(address));
      }),
      { numRuns: 2000 },
    );
  });

  test('agrees with the registry on any v6 address', () => {
    const within = fc
      .constantFrom(...SPECIAL_V6, UNICAST_V6)
      .chain(({ first, last }) => fc.bigInt({ min: first, max: last }));
    fc.assert(
      fc.property(fc.oneof(within, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })), (address) => {
        expect(isPublic(v6(address))).toBe(isGlobalV6(address));
      }),
      { numRuns: 2000 },
    );
  });

  test('refuses every v4 address in a v6 cloak', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        for (const cloak of [
          `::ffff:${address}`,
          `::ffff:${hex}`,
          `::${address}`,
          `64:ff9b::${hex}`,
          `2002:${hex}::1`,
        ]) {
          expect([cloak, isPublic(cloak)]).toEqual([cloak, false]);
        }
      }),
    );
  });
});

interface Range {
  name: string;
  first: bigint;
  last: bigint;
}

function rangeV4(name: string): Range {
  const [address = '', bits = ''] = name.split('/');
  const first = address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  return { name, first, last: first + (1n << (32n - BigInt(bits))) - 1n };
}

/** @param prefix its leading groups, then `::` */
function rangeV6(prefix: string, bits: number): Range {
  const groups = prefix.replace('::', '').split(':');
  const first =
    groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n) << BigInt(16 * (8 - groups.length));
  return { name: `${prefix}/${bits}`, first, last: first + (1n << BigInt(128 - bits)) - 1n };
}

const contains =
  (address: bigint) =>
  ({ first, last }: Range): boolean =>
    address >= first && address <= last;
const isSpecialV4 = (address: bigint): boolean => SPECIAL_V4.some(contains(address));
const isGlobalV6 = (address: bigint): boolean => contains(address)(UNICAST_V6) && !SPECIAL_V6.some(contains(address));

const v4 = (address: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join('.');
const v6 = (address: bigint): string =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((address >> shift) & 0xffffn).toString(16)).join(':');
