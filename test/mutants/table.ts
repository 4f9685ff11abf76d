import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATCHERS } from './catchers.ts';
import { MUTANTS } from './mutants.ts';

export type Caught = 'caught' | 'silent' | 'not asked';

/** A tried mutant, and the verdict of each catcher that ran, by the catcher's name. */
export interface Tried {
  name: string;
  breaks: string;
  verdicts: Readonly<Record<string, Caught>>;
}

const PAGE = 'docs/proof.md';
const [BEGIN, END] = ['<!-- mutants: written by npm run chaos:mutants -- --write -->', '<!-- /mutants -->'];

/**
 * Writes the results into the page. A mutant or a catcher that did not run keeps its old verdict.
 * @throws where the page does not have the two marks
 */
export const writeTable = (root: string, tried: readonly Tried[]): void => {
  const path = join(root, PAGE);
  writeFileSync(path, withTable(readFileSync(path, 'utf8'), tried));
};

/** The page with the new table between its marks. */
export const withTable = (page: string, tried: readonly Tried[]): string => {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} does not have the marks between which the table stands`);
  const before = page.slice(begin, end).split('\n');
  const names = CATCHERS.map(({ name }) => name);
  const lines = MUTANTS.flatMap(({ name, breaks }) => {
    const known = before.find((line) => line.startsWith(row([name, breaks]).slice(0, -1)));
    const verdicts = tried.find((each) => each.name === name)?.verdicts;
    if (!known && !verdicts) return [];
    const earlier =
      known
        ?.split(' | ')
        .slice(2)
        .map((cell) => cell.replace(' |', '')) ?? [];
    return row([name, breaks, ...names.map((catcher, at) => wordOf(verdicts?.[catcher]) ?? earlier[at] ?? '–')]);
  });
  const table = [
    BEGIN,
    row(['mutant', 'what it breaks', ...names]),
    row(['', '', ...names].map(() => '---')),
    ...lines,
  ];
  return `${page.slice(0, begin)}${table.join('\n')}\n${page.slice(end)}`;
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const wordOf = (verdict: Caught | undefined): string | undefined => (verdict === 'not asked' ? undefined : verdict);
