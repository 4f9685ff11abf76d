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
 * How long nothing may happen before it is a finding: longer than the longest deliberate wait, 15 minutes of scaled time. A
 * machine that has other work gives the bridge a part of its time only.
 * @param load how many processes of the machine want to run, for each of its cores
 */
export const patienceMsOf = (scale: number, load = 1): number =>
  Math.max(60_000, 25 * 60_000 * scale) * Math.min(MOST_LOAD, Math.max(1, load));
const MOST_LOAD = 10;
/** What happens for so much longer than that, and comes to no end, is a finding too. */
const FOR_EVER = 8;
const loadNow = (): number => (loadavg()[0] ?? 0) / availableParallelism();

/**
 * Asks the bridge about each memo until all have come to an end, or no row has changed for too long. The rows as they then stand;
 * a memo without one is absent.
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
    // A round over thousands of rows takes long. After it the bridge has its machine and its database to itself for a while.
    if (left.length > 0) await sleep(Math.min(LONGEST_PAUSE_MS, Math.max(ROUND_MS, Date.now() - roundMs)));
  }
  return rows;
};

/** Waits for the memos of calls that were never acknowledged, too: they are owed nothing, but must not come later than the account. */
export const untilQuiet = async (world: World): Promise<void> => {
  for (const end = Date.now() + QUIET_WITHIN_MS; Date.now() < end; await sleep(ROUND_MS)) {
    if (!(await world.isBusy().catch(() => true))) return;
  }
};
