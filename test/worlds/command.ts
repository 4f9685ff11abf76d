import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { BATCH, type Batch, type BatchResult, playBatch } from './batch.ts';
import { inWords } from './judge.ts';
import { emptyTally, sum, tallyLines } from './tally.ts';

const HELP = `Plays random worlds over the core, and holds each to the promise: docs/worlds.md.

  npm run worlds                            1,000 worlds of a new seed
  npm run worlds -- --runs 100000           as many as you like
  npm run worlds -- --seed 7                the same worlds again
  npm run worlds -- --seed 7 --path 12:0:3  the one world that a failing run has printed
  npm run worlds -- --keep-going            counts what is broken, and brings nothing down to a smaller world
  npm run worlds -- --no-shrink             ends at the first broken world as it is, which is quicker
  npm run worlds -- --threads 4             two where nothing is said

Ends with 0 when every world kept the promise, with 1 when one did not, with 2 when an option is wrong.`;

const whole = z
  .string()
  .regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number);
const optionsSchema = z.object({
  runs: whole.pipe(z.number().min(1)).default(1000),
  seed: whole.optional(),
  path: z
    .string()
    .regex(/^\d+(:\d+)*$/, 'must be as a failing run prints it')
    .optional(),
  threads: whole.pipe(z.number().min(1).max(64)).default(2),
  'keep-going': z.boolean().default(false),
  'no-shrink': z.boolean().default(false),
  help: z.boolean().default(false),
});
type Options = z.infer<typeof optionsSchema>;

const readOptions = (): Options => {
  const text = { type: 'string' } as const;
  const yes = { type: 'boolean' } as const;
  const options = { runs: text, seed: text, path: text, threads: text, 'keep-going': yes, 'no-shrink': yes, help: yes };
  try {
    const read = optionsSchema.safeParse(parseArgs({ options }).values);
    if (read.success) return read.data;
    for (const { path, message } of read.error.issues) console.error(`--${path.join('.')}: ${message}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  console.error(HELP);
  process.exit(2);
};

const show = ({ seed, path, story }: NonNullable<BatchResult['failure']>) =>
  console.log(`\n${story}\n\nThis world again: npm run worlds -- --seed ${seed} --path ${path}`);

/** Gives batches to threads until no batch is left, or until `heard` returns true. */
const playAll = async (batches: Batch[], threads: number, heard: (result: BatchResult) => boolean): Promise<void> => {
  const workers = Array.from(
    { length: Math.min(threads, batches.length) },
    () => new Worker(new URL('./worker.ts', import.meta.url)),
  );
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const next = () => {
        const batch = batches.shift();
        if (batch) worker.postMessage(batch);
        else resolve();
      };
      worker.on('error', reject);
      worker.on('message', (result: BatchResult & { error?: string }) => {
        if (result.error !== undefined) return reject(new Error(`seed ${result.seed}: ${result.error}`));
        if (heard(result)) batches.length = 0;
        next();
      });
      next();
    });
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
};

const main = async (options: Options): Promise<number> => {
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const seed = options.seed ?? Math.floor(Math.random() * 1_000_000_000);
  if (options.path !== undefined) {
    const { failure } = await playBatch({ seed, runs: BATCH, path: options.path });
    if (failure) show(failure);
    else console.log('✓ this world keeps the promise');
    return failure ? 1 : 0;
  }
  const batches = Array.from({ length: Math.ceil(options.runs / BATCH) }, (_, index) => ({
    seed: (seed + index) % 2 ** 31,
    runs: Math.min(BATCH, options.runs - index * BATCH),
    keepGoing: options['keep-going'],
    noShrink: options['no-shrink'],
  }));
  const begunMs = performance.now();
  const tally = emptyTally();
  const broken: Record<string, { times: number; again: string }> = {};
  let worlds = 0;
  let listedTooLate = 0;
  let shownMs = begunMs;
  const rate = () => {
    const seconds = (performance.now() - begunMs) / 1000;
    return `${worlds.toLocaleString('en')} worlds in ${seconds.toFixed(0)} s, ${(worlds / seconds).toFixed(0)} a second`;
  };
  console.log(`${options.runs.toLocaleString('en')} worlds from seed ${seed}`);
  await playAll(batches, options.threads, (result) => {
    worlds += result.worlds;
    listedTooLate += result.listedTooLate;
    sum(tally, result.tally);
    const { failure } = result;
    for (const [promise, { times, path }] of Object.entries(result.broken)) {
      broken[promise] ??= { times: 0, again: `--seed ${result.seed} --path ${path}` };
      broken[promise].times += times;
    }
    if (failure) show(failure);
    if (performance.now() - shownMs > 5000) {
      shownMs = performance.now();
      console.log(`  ${rate()}`);
    }
    return failure !== undefined && !options['keep-going'];
  });
  console.log(`\n${rate()}`);
  for (const line of tallyLines(tally)) console.log(line);
  console.log(`  twice because Linq listed the first after the last question (the documented limit): ${listedTooLate}`);
  for (const [promise, { times, again }] of Object.entries(broken))
    console.log(`✗ ${inWords(promise)}: broken in ${times} worlds, the first of them ${again}`);
  const isKept = Object.keys(broken).length === 0;
  if (isKept) console.log('✓ every world kept the promise');
  return isKept ? 0 : 1;
};

process.exitCode = await main(readOptions());
