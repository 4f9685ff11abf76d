import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { placeOf } from './copy-tree.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { withTable } from './table.ts';

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

const proof = readFileSync(join(root, 'docs/proof.md'), 'utf8');

test('the page has a line for each mutant, and each was caught', () => {
  const lines = proof.split('\n');
  for (const { name, breaks } of MUTANTS) {
    const line = lines.find((each) => each.startsWith(`| ${name} | ${breaks} |`)) ?? 'none';
    expect(line, `docs/proof.md: npm run chaos:mutants -- --only "${name}" --write`).toContain('| caught |');
  }
});

test('what was tried takes the place of its old line, and leaves the others and the rest of the page', () => {
  const [first, second] = MUTANTS;
  if (!first || !second) throw new Error('there are no two mutants');
  const page = withTable(proof, [{ ...first, verdicts: { tests: 'silent', worlds: 'caught', chaos: 'silent' } }]);
  const lineOf = (of: string, { name }: Mutant) => of.split('\n').find((line) => line.startsWith(`| ${name} |`));
  expect(lineOf(page, first)).toBe(`| ${first.name} | ${first.breaks} | silent | caught | silent |`);
  const again = withTable(page, [{ ...first, verdicts: { chaos: 'caught', tests: 'not asked' } }]);
  expect(lineOf(again, first)).toBe(`| ${first.name} | ${first.breaks} | silent | caught | caught |`);
  expect(lineOf(page, second)).toBe(lineOf(proof, second));
  expect(page.split('<!--')[0]).toBe(proof.split('<!--')[0]);
  expect(() => withTable('no marks', [])).toThrow('marks');
});
