import { waitKey } from '../model/keys.ts';
import type { Memo } from '../model/memo.ts';
import { DAY_MS, isoTime, type Timing } from '../model/timing.ts';
import type { Clock, KeyValueStore, Ledger, Log, StepVerdict } from '../ports/ports.ts';

/** Longer than a message is ever hidden. */
const KEPT_MS = DAY_MS;
/** How many items DynamoDB reads at once. */
const AT_ONCE = 100;

/**
 * A memo that waits holds up the later memos of its message group: SQS gives out none of them first. `send` writes down
 * which memo waits, and until when. This is one write for each wait; the rows behind it are not changed.
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
    // The entry is only for display, so the memo waits all the same.
    log.warn('the wait of a memo could not be written down', { step: 'send', memo: id, outcome: 'not-noted', error });
  }
};

/** Rows for display: a memo behind another memo of its group shows that memo's id, reason and next try. */
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

/** A ledger for display, whose rows show what they wait behind. Code that changes rows uses the ledger itself. */
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
