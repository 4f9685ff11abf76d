import { parseArgs } from 'node:util';
import { audio } from './audio.ts';
import { bodies } from './bodies.ts';
import { addToCorpus, readCorpus, readFound, saveFound } from './kept.ts';
import { fuzz, seedOf } from './run.ts';
import { signatures } from './signatures.ts';
import type { Target } from './target.ts';

const HELP = `Tries random inputs on what strangers can reach: docs/fuzz.md.

  npm run fuzz                                   a minute for each target, with the seed of this second
  npm run fuzz -- audio --minutes 90             one target, for as long as you like
  npm run fuzz -- signatures --seed tuesday      the same inputs again, by a number or a word
  npm run fuzz -- --keep                         keeps an input for each outcome that the corpus does not have
  npm run fuzz -- --replay .aftercall/fuzz/audio-7.json   the one input that a failing run has saved

Targets: bodies, audio, signatures. Ends with 0 when all held, with 1 when a property was violated.`;

const options = {
  minutes: { type: 'string', default: '1' },
  seed: { type: 'string', default: String(Math.floor(Date.now() / 1000) % 1_000_000_000) },
  keep: { type: 'boolean', default: false },
  replay: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;
const FOUND_FOLDER = '.aftercall/fuzz';
// A cast: a target only reads inputs that were kept under its own name.
const TARGETS = [bodies, signatures, audio] as Target[];

const targetOf = (name: string): Target => {
  const target = TARGETS.find((each) => each.name === name);
  if (!target) throw new Error(`There is no target ${name}.\n\n${HELP}`);
  return target;
};

const { values, positionals } = parseArgs({ options, allowPositionals: true });
if (values.help) console.log(HELP);
else if (values.replay) await replay(values.replay);
else for (const target of positionals.length > 0 ? positionals.map(targetOf) : TARGETS) await run(target);
process.exit(); // idle audio threads would keep the process alive

async function replay(path: string): Promise<void> {
  const { target, input } = readFound(path);
  console.log(`${target}: ${await targetOf(target).check(input)}`);
}

async function run(target: Target): Promise<void> {
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error('--minutes must be a number above 0');
  for (const { input, outcome } of readCorpus(target.name)) {
    const now = await target.check(input);
    if (now !== outcome) console.log(`${target.name}: "${outcome}" of the corpus is now "${now}"`);
  }
  const endMs = Date.now() + minutes * 60_000;
  const seed = seedOf(values.seed);
  const { tried, outcomes, failure } = await fuzz(target, seed, () => Date.now() >= endMs);
  console.log(`${target.name}: ${tried} inputs from seed ${values.seed}, ${outcomes.size} different outcomes`);
  if (values.keep) console.log(`${target.name}: ${addToCorpus(target.name, outcomes)} inputs kept`);
  if (!failure) return;
  const path = saveFound(FOUND_FOLDER, { target: target.name, ...failure });
  console.error(`${target.name}: violated with seed ${failure.seed}: ${failure.error}`);
  console.error(`The smallest input that fails: npm run fuzz -- --replay ${path}`);
  process.exitCode = 1;
}
