import { wav } from '../../test/world.ts';
import { postAtOnce } from '../flow/load.ts';
import { type FlowWorld, startFlow } from '../flow/world.ts';
import { floorAndOurs, type Row } from './row.ts';

/** Seconds of 8 kHz PCM: 0.1, 1 and 9.8 MB. Linq takes 10 MB, so each passes unchanged. */
const SIZES = { memoSmall: 6.25, memoMedium: 62.5, memoLarge: 612.5 };
const TIMEOUT_MS = 180_000;

/**
 * The time from a webhook to Linq's request, one memo after the other; then many memos at once: 240 small ones, and
 * forty of almost Linq's limit.
 */
export const memos: Row = (options) =>
  floorAndOurs(options, async (variant) => {
    const { short } = options;
    const world = await startFlow(variant, { recording: new Uint8Array() });
    try {
      const figures: Record<string, number[]> = {};
      for (const [id, seconds] of Object.entries(SIZES)) {
        world.serve(wav(seconds));
        const times: number[] = [];
        for (let memo = 0; memo < (short ? 3 : 18); memo += 1) times.push(await webhookToLinqMs(world));
        figures[id] = times.slice(short ? 1 : 3); // the first warm up
      }
      figures.burstSmall = [await memosPerSecond(world, short ? 16 : 240, SIZES.memoSmall)];
      figures.burstLarge = [await memosPerSecond(world, short ? 3 : 40, SIZES.memoLarge)];
      return figures;
    } finally {
      await world.stop();
    }
  });

const webhookToLinqMs = async (world: FlowWorld): Promise<number> => {
  const { arrivals } = world.linq;
  const before = arrivals.length;
  const [posted] = await postAtOnce(world, 1, 1);
  await world.linq.arrived(before + 1, TIMEOUT_MS);
  const arrival = arrivals.at(-1);
  if (!posted || arrival?.chat !== posted.chat) throw new Error('Linq got another memo');
  return arrival.atMs - posted.startedMs;
};

/** From the first webhook to the last memo at Linq. */
const memosPerSecond = async (world: FlowWorld, count: number, seconds: number): Promise<number> => {
  world.serve(wav(seconds));
  const before = world.linq.arrivals.length;
  const begun = performance.now();
  await postAtOnce(world, count, 16);
  await world.linq.arrived(before + count, TIMEOUT_MS);
  const last = world.linq.arrivals.at(-1)?.atMs ?? Number.NaN;
  return (count * 1000) / (last - begun);
};
