import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { entriesOf } from '../../../functions/core/source/read-json.ts';

// Lists in events: a body of one mebibyte can hold a quarter of a million entries.

const entry = z.object({ id: z.string({ error: 'is missing' }) });
const list = entriesOf(entry, 'must be a list of recordings');
const many = (count: number, each: unknown) => Array.from({ length: count }, () => each);
const issuesOf = (value: unknown) =>
  list.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('a list of entries', () => {
  test('of 10,000 is read', () => {
    const read = list.parse(many(10_000, { id: 'a' }));
    expect([read.read.length, read.positions.at(-1), read.unread]).toEqual([10_000, 9999, undefined]);
  });

  test.each([
    ['that can be read', { id: 'a' }],
    ['that cannot', null],
  ])('of more entries %s is refused as a whole, and no entry of it is looked at', (_title, each) => {
    let looked = 0;
    const counting = z.unknown().transform((value) => {
      looked += 1;
      return value;
    });
    const { error } = entriesOf(counting).safeParse(many(10_001, each));
    expect(error?.issues.map(({ message }) => message)).toEqual(['has more than 10000 entries']);
    expect(looked).toBe(0);
  });

  test('of a quarter of a million bad entries is refused with one line', () => {
    expect(issuesOf(many(250_000, {}))).toEqual([': has more than 10000 entries']);
  });

  test('keeps what can be read, where it stood, and names the first few of the others', () => {
    const { read, positions, unread } = list.parse([...many(20, {}), { id: 'a' }, 7, { id: 'b' }]);
    expect([read, positions]).toEqual([
      [{ id: 'a' }, { id: 'b' }],
      [20, 22],
    ]);
    expect(unread).toBe('0.id: is missing; 1.id: is missing; 2.id: is missing; 3.id: is missing; 4.id: is missing');
  });

  test('of which nothing can be read is refused, with the first few reasons', () => {
    expect(issuesOf(many(10_000, {}))).toHaveLength(5);
  });

  test.each([[undefined], [null], ['abc'], [{ length: 1 }]])('is no %j', (value) => {
    expect(issuesOf(value)).toEqual([': must be a list of recordings']);
  });
});
