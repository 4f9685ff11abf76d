import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ffmpegDecoder, findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import { engineHere } from '../audio/fitting.ts';
import { judge, type Verdict } from './judge.ts';
import { tableOf } from './table.ts';

// npm run corpus -- FOLDER: fits every file of a folder, without and with ffmpeg, and compares what would be sent with
// what ffmpeg decodes from the original. Prints a table and the faults; exits 1 where there is a fault. --here works
// without threads, as fast as a busy machine can; then a file that hangs the engine hangs the run.

const OPTIONS = { verdicts: { type: 'string' }, here: { type: 'boolean' } } as const;
const { positionals, values } = parseArgs({ allowPositionals: true, options: OPTIONS });
const [folder] = positionals;
if (!folder) throw new Error('Name a folder: npm run corpus -- FOLDER [--verdicts FILE] [--here]');
const path = findFfmpeg({ FFMPEG_PATH: process.env.FFMPEG_PATH, PATH: process.env.PATH ?? '' });
if (!path) throw new Error('The corpus is compared with ffmpeg: install it, or set FFMPEG_PATH');
const hired = values.here ? () => engineHere : engineThreads({ probeMs: 30_000, fitMs: 360_000, longAfterMs: 360_000 });
const judgeFile = judge({ path, ffmpeg: ffmpegDecoder({ path }), engine: hired });

if (values.verdicts) writeFileSync(values.verdicts, '');
const verdicts: Verdict[] = [];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  for (const verdict of await judgeFile(join(entry.parentPath, entry.name))) {
    verdicts.push(verdict);
    if (values.verdicts) appendFileSync(values.verdicts, `${JSON.stringify(verdict)}\n`);
    if (verdict.fault) console.log(`${verdict.file} (${verdict.engines}): ${verdict.fault}; ${verdict.said}`);
  }
}
console.log(tableOf(verdicts));
process.exitCode = verdicts.some(({ fault }) => fault) ? 1 : 0;
