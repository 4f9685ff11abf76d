import type { MemoState } from '../../model/memo.ts';
import type { Ledger } from '../../ports/ports.ts';
import { type CauseGroup, groupCauses } from './group-causes.ts';

/** States in which a memo waits for something, or for a person. */
const LOOKED_AT: readonly MemoState[] = ['received', 'stored', 'sending', 'unknown', 'failed', 'parked', 'unrouted'];
/** How many of the newest memos of each state are read. Older ones have the same few causes. */
export const CAUSES_READ = 60;

export interface CausesNow {
  groups: CauseGroup[];
  /** States with more memos than were read: their counts are lower bounds. */
  more: MemoState[];
}

/**
 * What waits or failed now, by cause. Reads the newest memos of each state.
 * @param more further states, such as `skipped`, whose memos wait for nothing
 */
export const causesNow = async (ledger: Pick<Ledger, 'list'>, more: readonly MemoState[] = []): Promise<CausesNow> => {
  const pages = await Promise.all(
    [...LOOKED_AT, ...more].map(async (state) => ({ state, page: await ledger.list({ state }, CAUSES_READ) })),
  );
  return {
    groups: groupCauses(pages.flatMap(({ page }) => page.memos)),
    more: pages.filter(({ page }) => page.next !== undefined).map(({ state }) => state),
  };
};
