import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { FINAL_STATES } from './expectation.ts';
import type { Row } from './verdict.ts';
import type { World } from './world.ts';

const ROUND_MS = 500;
const LONGEST_PAUSE_MS = 5000;
const QUIET_WITHIN_MS = 30_000;
const AT_ONCE = 8;

/**
 * How long no row may change before this is a finding: longer than the longest deliberate wait, 15 minutes of scaled
 * time. It grows with the load, since a busy machine gives the bridge only a part of its time.
 * @param load how many processes want to run on each of the machine's cores
 */
export const patienceMsOf = (scale: number, load = 1): number =>
  Math.max(60_000, 25 * 60_000 * scale) * Math.min(MOST_LOAD, Math.max(1, load));
const MOST_LOAD = 10;
/** Rows that still change after so many times as long, without an end, are a finding too. */
const FOR_EVER = 8;
const loadNow = (): number => (loadavg()[0] ?? 0) / availableParallelism();

/**
 * Asks the bridge about each memo until all have ended, or no row has changed for too long. Returns the last rows; a
 * memo without a row is absent.
 */
export const waitUntilSettled = async (
  world: Pick<World, 'row' | 'scale'>,
  memos: Iterable<string>,
  onProgress: (left: number) => void = () => {},
  patienceMs = () => patienceMsOf(world.scale, loadNow()),
): Promise<Map<string, Row>> => {
  const rows = new Map<string, Row>();
  let left = [...new Set(memos)];
  const begunMs = Date.now();
  let lastChangeMs = begunMs;
  const hasTime = () => Date.now() - lastChangeMs < patienceMs() && Date.now() - begunMs < FOR_EVER * patienceMs();
  while (left.length > 0 && hasTime()) {
    const roundMs = Date.now();
    const queue = [...left];
    const ask = async () => {
      for (let memo = queue.pop(); memo !== undefined; memo = queue.pop()) {
        const row = await world.row(memo).catch(() => undefined); // asked again in the next round
        if (!row) continue;
        if (JSON.stringify(row) !== JSON.stringify(rows.get(memo))) lastChangeMs = Date.now();
        rows.set(memo, row);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    left = left.filter((memo) => !FINAL_STATES.includes(rows.get(memo)?.state ?? 'received'));
    onProgress(left.length);
    // Asking for thousands of rows takes long. The pause then gives machine and database to the bridge for a while.
    if (left.length > 0) await sleep(Math.min(LONGEST_PAUSE_MS, Math.max(ROUND_MS, Date.now() - roundMs)));
  }
  return rows;
};

/** Waits also for memos of calls that were never acknowledged: they must not come after the verdict. */
export const untilQuiet = async (world: World): Promise<void> => {
  for (const end = Date.now() + QUIET_WITHIN_MS; Date.now() < end; await sleep(ROUND_MS)) {
    if (!(await world.isBusy().catch(() => true))) return;
  }
};
