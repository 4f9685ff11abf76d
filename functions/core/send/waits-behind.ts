import { waitKey } from '../model/keys.ts';
import type { Memo } from '../model/memo.ts';
import { DAY_MS, isoTime, type Timing } from '../model/timing.ts';
import type { Clock, KeyValueStore, Ledger, Log, StepVerdict } from '../ports/ports.ts';

/** Longer than a message is ever hidden. */
const KEPT_MS = DAY_MS;
/** What DynamoDB reads at one go. */
const AT_ONCE = 100;

/**
 * A memo that waits holds up all others of its message group: SQS gives out none of them before it. `send` notes which one that is
 * and until when, in one write that only a wait costs; the rows of those behind it are not touched.
 */
export const noteWait = async (
  {
    keyValues,
    clock,
    timing,
    log,
  }: { keyValues: Pick<KeyValueStore, 'write'>; clock: Clock; timing: Timing; log: Log },
  { id, target }: Pick<Memo, 'id' | 'target'>,
  verdict: StepVerdict,
): Promise<void> => {
  if (verdict.kind === 'done' || !target || verdict.delayMs <= timing.retry.firstMs) return;
  const dueAt = isoTime(clock.nowMs() + verdict.delayMs);
  try {
    await keyValues.write(waitKey(target), { memo: id, dueAt, reason: verdict.reason }, KEPT_MS);
  } catch (error) {
    // The note is for those who look. The memo waits as long with it as without it.
    log.warn('who waits behind a memo is not noted', { step: 'send', memo: id, outcome: 'not-noted', error });
  }
};

/** Rows as they are shown: one that waits behind another of its group says so, with that one's reason and next try. */
export const withWaits = async (
  { keyValues, clock }: { keyValues: Pick<KeyValueStore, 'readAll'>; clock: Clock },
  rows: readonly Memo[],
): Promise<Memo[]> => {
  const waiting = rows.flatMap(({ state, target }) => (state === 'stored' && target ? waitKey(target) : []));
  const keys = [...new Set(waiting)];
  const heads = new Map<string, Readonly<Record<string, string>>>();
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const some = keys.slice(start, start + AT_ONCE);
    for (const [at, note] of (await keyValues.readAll(some)).entries()) if (note) heads.set(some[at] ?? '', note);
  }
  const now = isoTime(clock.nowMs());
  return rows.map((row) => {
    const head = row.state === 'stored' && row.target && heads.get(waitKey(row.target));
    if (!head || head.memo === row.id || head.dueAt === undefined || head.dueAt <= now) return row;
    return { ...row, reason: `waits behind ${head.memo}: ${head.reason}`, dueAt: head.dueAt };
  });
};

/** A ledger to look at: its rows say what they wait behind. What acts on rows takes the ledger itself. */
export const ledgerWithWaits = (
  ledger: Ledger,
  ports: { keyValues: Pick<KeyValueStore, 'readAll'>; clock: Clock },
): Ledger => ({
  ...ledger,
  async get(id) {
    const row = await ledger.get(id);
    return row && (await withWaits(ports, [row]))[0];
  },
  async list(filter, limit, next) {
    const page = await ledger.list(filter, limit, next);
    return { ...page, memos: await withWaits(ports, page.memos) };
  },
});
