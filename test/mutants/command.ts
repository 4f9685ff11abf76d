import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CATCHERS, type Catcher, runIn } from './catchers.ts';
import { breakIn, copyTree } from './copy-tree.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

const HELP = `Breaks the product in a copy of the tree, one change at a time, and says what catches it: docs/worlds.md.

  npm run chaos:mutants                          every mutant; worlds first, then its tests
  npm run chaos:mutants -- --by worlds,tests,chaos
                                                 what may catch it, in this order
  npm run chaos:mutants -- --all                 asks every catcher, also once one has caught it
  npm run chaos:mutants -- --only "group"        the mutants whose name has this in it
  npm run chaos:mutants -- --list                what there is

Ends with 0 when every mutant was caught, with 1 when one survived, with 2 when it could not be tried.`;

const root = fileURLToPath(new URL('../..', import.meta.url));

const readOptions = () => {
  const text = { type: 'string' } as const;
  const yes = { type: 'boolean', default: false } as const;
  const options = { by: { ...text, default: 'worlds,tests' }, only: text, all: yes, list: yes, help: yes };
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

/** Nobody learns anything from a catcher that cries of the product as it is. */
const tryUnbroken = async (folder: string, catchers: readonly Catcher[]) => {
  const tests = [...new Set(MUTANTS.flatMap((mutant) => mutant.tests))];
  const [first] = MUTANTS;
  for (const { name, command } of catchers) {
    const { code, seconds, output } = await runIn(folder, command(first && { ...first, tests }) ?? []);
    console.log(`  ${name}: ${code === 0 ? 'silent, as it should be' : `cries (${code})`}, ${seconds.toFixed(0)} s`);
    if (code !== 0) throw new Error(`${name} cries of the product as it is:\n${output}`);
  }
};

type Caught = 'caught' | 'silent' | 'not asked';

const tryMutant = async (folder: string, mutant: Mutant, catchers: readonly Catcher[], all: boolean) => {
  const mend = breakIn(folder, mutant);
  const verdicts: Caught[] = [];
  try {
    for (const { command } of catchers) {
      const asked = (all || !verdicts.includes('caught')) && command(mutant);
      if (!asked) verdicts.push('not asked');
      else verdicts.push((await runIn(folder, asked)).code === 0 ? 'silent' : 'caught');
    }
  } finally {
    mend();
  }
  return verdicts;
};

const main = async (): Promise<number> => {
  const { catchers, mutants, all, list, help } = readOptions();
  if (help || list) {
    console.log(help ? HELP : mutants.map(({ name, breaks }) => `${name}: ${breaks}`).join('\n'));
    return 0;
  }
  const folder = copyTree(root);
  let survivors = 0;
  try {
    for (const mutant of mutants) breakIn(folder, mutant)(); // every patch must fit before hours are spent
    console.log('The product as it is');
    await tryUnbroken(folder, catchers);
    const width = Math.max(...mutants.map(({ name }) => name.length));
    console.log(`\n  ${'mutant'.padEnd(width)}  ${catchers.map(({ name }) => name.padEnd(9)).join('  ')}`);
    for (const mutant of mutants) {
      const verdicts = await tryMutant(folder, mutant, catchers, all);
      const isCaught = verdicts.includes('caught');
      if (!isCaught) survivors += 1;
      console.log(
        `${isCaught ? '✓' : '✗'} ${mutant.name.padEnd(width)}  ${verdicts.map((each) => each.padEnd(9)).join('  ')}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(survivors === 0 ? `✓ all ${mutants.length} were caught` : `✗ ${survivors} of ${mutants.length} survived`);
  return survivors === 0 ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
