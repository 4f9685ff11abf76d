import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { placeOf } from './copy-tree.ts';
import { MUTANTS } from './mutants.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test.each(MUTANTS)('the mutant fits the product as it is: $name', (mutant) => {
  expect(placeOf(root, mutant)).toMatch(/^functions\/.+\.ts$/);
});

test('a mutant that fits nowhere, or twice, is refused', () => {
  const [mutant] = MUTANTS;
  if (!mutant) throw new Error('there is no mutant');
  expect(() => placeOf(root, { ...mutant, find: 'no such text in any file' })).toThrow('stands 0 times');
  expect(() => placeOf(root, { ...mutant, find: 'import ' })).toThrow('does not fit');
});
