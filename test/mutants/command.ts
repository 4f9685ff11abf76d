import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CATCHERS, type Catcher, type Ended, runIn } from './catchers.ts';
import { breakIn, copyTree } from './copy-tree.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { type Caught, type Tried, writeTable } from './table.ts';

const HELP = `Breaks the product in a copy of the tree, one change at a time, and says what catches it: docs/proof.md.

  npm run chaos:mutants                          every mutant: its tests, then the worlds, then the fault kit
  npm run chaos:mutants -- --by worlds,tests
                                                 what may catch it, in this order
  npm run chaos:mutants -- --all                 asks every catcher, also once one has caught it
  npm run chaos:mutants -- --only "group"        the mutants whose name has this in it
  npm run chaos:mutants -- --list                what there is
  npm run chaos:mutants -- --write               writes what was tried into the table of docs/proof.md

Ends with 0 when every mutant was caught, with 1 when one survived, with 2 when it could not be tried.`;

const root = fileURLToPath(new URL('../..', import.meta.url));

const readOptions = () => {
  const text = { type: 'string' } as const;
  const yes = { type: 'boolean', default: false } as const;
  const options = {
    by: { ...text, default: 'tests,worlds,chaos' },
    only: text,
    all: yes,
    list: yes,
    write: yes,
    help: yes,
  };
  const { values } = parseArgs({ options });
  const catchers = values.by.split(',').map((name) => {
    const found = CATCHERS.find((each) => each.name === name);
    if (!found) throw new Error(`--by: there is no ${name}, only ${CATCHERS.map((each) => each.name).join(', ')}`);
    return found;
  });
  const mutants = MUTANTS.filter(({ name }) => values.only === undefined || name.includes(values.only));
  if (mutants.length === 0) throw new Error(`--only: no mutant has ${values.only} in its name`);
  return { ...values, catchers, mutants };
};

/** A catcher that fails on the unbroken product proves nothing. */
const tryUnbroken = async (folder: string, catchers: readonly Catcher[], mutants: readonly Mutant[]) => {
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  const [first] = mutants;
  for (const { name, command } of catchers) {
    const { code, seconds, output } = await runIn(folder, command(first && { ...first, tests }) ?? []);
    console.log(`  ${name}: ${code === 0 ? 'silent, as it should be' : `cries (${code})`}, ${seconds.toFixed(0)} s`);
    if (code !== 0) throw new Error(`${name} cries of the product as it is:\n${output}`);
  }
};

const tryMutant = async (folder: string, mutant: Mutant, catchers: readonly Catcher[], all: boolean) => {
  const fix = breakIn(folder, mutant);
  const verdicts: Record<string, Caught> = {};
  try {
    for (const { name, command } of catchers) {
      const asked = (all || !isCaughtBy(verdicts)) && command(mutant);
      verdicts[name] = asked ? verdictOf(await runIn(folder, asked)) : 'not asked';
    }
  } finally {
    fix();
  }
  return verdicts;
};

/** A catcher that could not run has caught nothing. */
const verdictOf = ({ code, output }: Ended): Caught => {
  if (code === 0) return 'silent';
  if (code === 1) return 'caught';
  throw new Error(`a catcher ended with ${code}, which is no verdict:\n${output}`);
};

const isCaughtBy = (verdicts: Tried['verdicts']): boolean => Object.values(verdicts).includes('caught');

const main = async (): Promise<number> => {
  const { catchers, mutants, all, list, write, help } = readOptions();
  if (help || list) {
    console.log(help ? HELP : mutants.map(({ name, breaks }) => `${name}: ${breaks}`).join('\n'));
    return 0;
  }
  const folder = copyTree(root);
  const tried: Tried[] = [];
  const begunMs = performance.now();
  try {
    for (const mutant of mutants) breakIn(folder, mutant)(); // every patch must fit, before a run that takes hours
    console.log('The product as it is');
    await tryUnbroken(folder, catchers, mutants);
    const width = Math.max(...mutants.map(({ name }) => name.length));
    console.log(`\n  ${'mutant'.padEnd(width)}  ${catchers.map(({ name }) => name.padEnd(9)).join('  ')}`);
    for (const mutant of mutants) {
      const verdicts = await tryMutant(folder, mutant, catchers, all);
      tried.push({ ...mutant, verdicts });
      const cells = Object.values(verdicts).map((each) => each.padEnd(9));
      console.log(`${isCaughtBy(verdicts) ? '✓' : '✗'} ${mutant.name.padEnd(width)}  ${cells.join('  ')}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const minutes = ((performance.now() - begunMs) / 60_000).toFixed(0);
  const survivors = tried.filter(({ verdicts }) => !isCaughtBy(verdicts)).length;
  const verdict =
    survivors === 0 ? `✓ all ${mutants.length} were caught` : `✗ ${survivors} of ${mutants.length} survived`;
  console.log(`${verdict}, ${minutes} min`);
  if (write) writeTable(root, tried);
  return survivors === 0 ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
