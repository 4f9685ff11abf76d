import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bridge from '../bridge.config.ts';
import { coloursFor } from './chaos/colours.ts';
import { counters } from './chaos/counters.ts';
import { deliveriesOf } from './chaos/deliveries.ts';
import { matrixLines } from './chaos/matrix-lines.ts';
import { type ChaosOptions, readOptions, USAGE } from './chaos/options.ts';
import { type MatrixPlayed, playMatrix } from './chaos/play-matrix.ts';
import { progressOn } from './chaos/progress.ts';
import { runStorm, type Storm } from './chaos/storm.ts';
import { findingLines, verdictLines } from './chaos/verdict-lines.ts';
import { startWorld, type World } from './chaos/world.ts';

// Tests the promise: a 2xx means the recording is kept, and one recording makes one memo in a chat, at every fault.
const KEPT = 0;
const BROKEN = 1;
const NOT_TRIED = 2;

let data: string | undefined;
let world: World | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await end();
    process.exit(NOT_TRIED); // children that are still starting end with their parent
  });
}
try {
  process.exitCode = await chaos(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = NOT_TRIED;
}
await end();
process.exit();

/** Deletes the data, except after a broken promise, so that a person can examine it. */
async function end() {
  await world?.stop();
  if (data && process.exitCode !== BROKEN) rmSync(data, { recursive: true, force: true });
}

async function chaos(options: ChaosOptions): Promise<number> {
  if (options.help) {
    console.log(USAGE);
    return KEPT;
  }
  const { calls, seed, scale, json } = options;
  const people = json ? process.stderr : process.stdout;
  const colours = coloursFor(people, process.env);
  const progress = progressOn(people);
  const print = (lines: readonly string[]) => progress.print(`${lines.join('\n')}\n`);
  const faults = counters((what) => options.verbose && progress.print(colours.dim(`${progress.seconds()}  ${what}`)));

  const deliveries = await deliveriesOf(bridge, options.source);
  progress.show('starting five functions, S3, SQS and DynamoDB, each a process');
  data = mkdtempSync(join(tmpdir(), 'aftercall-chaos-'));
  world = await startWorld({ data, bridge, deliveries, scale, counters: faults });

  let matrix: MatrixPlayed | undefined;
  if (!options['no-matrix']) {
    progress.show('the fault matrix');
    matrix = await playMatrix(world, seed);
    print(matrixLines(matrix, colours));
  }
  let storm: Storm | undefined;
  if (calls > 0) {
    storm = await runStorm(world, { calls, seed, sabotage: options.sabotage, onProgress: progress.show });
    print(verdictLines(storm, options, colours));
  }

  const findings = [...(matrix?.cases ?? []), ...(storm ? [storm] : [])].flatMap(({ verdict }) => verdict.findings);
  const broken = matrix?.cases.filter((played) => played.broken.length > 0) ?? [];
  const kept = findings.length === 0 && broken.length === 0;
  if (findings.length > 0) print(findingLines(findings, world.linq.posts, seed, colours));
  if (!kept) print([`The data of this run is in ${data}, with the log of each process.`]);
  if (json) console.log(JSON.stringify({ seed, scale, source: options.source, kept, matrix, storm }, null, 2));
  return kept ? KEPT : BROKEN;
}
