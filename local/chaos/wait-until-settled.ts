import { setTimeout as sleep } from 'node:timers/promises';
import { FINAL_STATES } from './expectation.ts';
import type { Row } from './verdict.ts';
import type { World } from './world.ts';

const ROUND_MS = 500;
const QUIET_WITHIN_MS = 30_000;
const AT_ONCE = 8;

/** How long nothing may happen before it is a finding: longer than the longest deliberate wait, 15 minutes of scaled time. */
export const patienceMsOf = (scale: number): number => Math.max(60_000, 25 * 60_000 * scale);

/**
 * Asks the bridge about each memo until all have come to an end, or none has for too long. The rows as they then stand;
 * a memo without one is absent.
 */
export const waitUntilSettled = async (
  world: World,
  memos: Iterable<string>,
  onProgress: (left: number) => void = () => {},
): Promise<Map<string, Row>> => {
  const rows = new Map<string, Row>();
  let left = [...new Set(memos)];
  let lastProgressMs = Date.now();
  while (left.length > 0 && Date.now() - lastProgressMs < patienceMsOf(world.scale)) {
    const before = left.length;
    const queue = [...left];
    const ask = async () => {
      for (let memo = queue.pop(); memo !== undefined; memo = queue.pop()) {
        const row = await world.row(memo).catch(() => undefined); // asked again in the next round
        if (row) rows.set(memo, row);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    left = left.filter((memo) => !FINAL_STATES.includes(rows.get(memo)?.state ?? 'received'));
    if (left.length < before) lastProgressMs = Date.now();
    onProgress(left.length);
    if (left.length > 0) await sleep(ROUND_MS);
  }
  return rows;
};

/** Waits for the memos of calls that were never acknowledged, too: they are owed nothing, but must not come later than the account. */
export const untilQuiet = async (world: World): Promise<void> => {
  for (const end = Date.now() + QUIET_WITHIN_MS; Date.now() < end; await sleep(ROUND_MS)) {
    if (!(await world.isBusy().catch(() => true))) return;
  }
};
