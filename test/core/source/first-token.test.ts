import { expect, test } from 'vitest';
import { firstToken } from '../../../functions/core/source/first-token.ts';

const refusing = (good: string) => {
  const tried: string[] = [];
  const exchange = async (values: readonly string[]) => {
    tried.push(values.join(':'));
    if (values.join(':') !== good) throw new Error(`refused ${values.join(':')}`);
    return 'T';
  };
  return { tried, exchange };
};

test('every way through a rotation is tried in turn, until one is taken', async () => {
  const { tried, exchange } = refusing('b:y');
  expect(
    await firstToken(
      [
        ['a', 'b', 'c'],
        ['x', 'y'],
      ],
      exchange,
    ),
  ).toBe('T');
  expect(tried).toEqual(['a:x', 'a:y', 'b:x', 'b:y']);
});

test('an absent secret is exchanged for nothing', async () => {
  const { tried, exchange } = refusing('a:');
  expect(await firstToken([['a'], []], exchange)).toBeUndefined();
  expect(tried).toEqual([]);
});

test('where all are refused, the last refusal is thrown', async () => {
  await expect(firstToken([['a', 'b']], refusing('c').exchange)).rejects.toThrow('refused b');
});

test('an answer without a token is no token', async () => {
  expect(await firstToken([['a']], async () => undefined)).toBeUndefined();
});
