import { setTimeout as sleep } from 'node:timers/promises';
import { wav } from '../../test/world.ts';
import { postAtOnce } from '../flow/load.ts';
import { peakMegabytes } from '../flow/processes.ts';
import { type FlowWorld, startFlow } from '../flow/world.ts';
import { oursAlone, type Row } from './row.ts';

const MEMOS = 5;
const ENDS: readonly string[] = ['sent', 'delivered', 'read', 'rejected', 'failed'];
const WITHIN_MS = 300_000;

/** The peak memory of a fresh process with all five functions: recordings that pass, and recordings on their way to S3. */
export const memory: Row = async ({ short }) => {
  const subjects: [string, Uint8Array | number][] = [
    ['passSmall', wav(6.25)],
    ['passLarge', wav(618.75)],
    ['spoolSmall', 11_000_000],
    ['spoolLarge', short ? 30_000_000 : 500_000_000],
  ];
  const peaks: Record<string, number[]> = {};
  for (const [id, recording] of short ? subjects : [...subjects, ...subjects.toReversed()]) {
    const memos = typeof recording === 'number' || short ? 1 : MEMOS;
    peaks[id] ??= [];
    peaks[id].push(await peakOf(recording, memos));
  }
  const spread = (a = [0], b = [0]) => a.map((peak, run) => Math.abs(peak - (b[run] ?? 0)));
  return oursAlone({ ...peaks, passSpread: spread(peaks.passLarge, peaks.passSmall) });
};

const peakOf = async (recording: Uint8Array | number, memos: number): Promise<number> => {
  const world = await startFlow('ours', { recording });
  try {
    for (let n = 0; n < memos; n += 1) {
      const [posted] = await postAtOnce(world, 1, 1);
      await ended(world, posted?.memos[0] ?? '');
    }
    return peakMegabytes(world.program.pid);
  } finally {
    await world.stop();
  }
};

const ended = async (world: FlowWorld, memo: string) => {
  for (const until = performance.now() + WITHIN_MS; ; await sleep(50)) {
    const state = await world.state(memo);
    if (ENDS.includes(state)) return;
    if (performance.now() > until) throw new Error(`${memo} is ${state}`);
  }
};
