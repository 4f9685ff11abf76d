import { AftercallError } from '../../functions/core/model/errors.ts';
import { isFinal, type Memo } from '../../functions/core/model/memo.ts';
import { timing } from '../../functions/core/model/timing.ts';
import type { Clock, Ledger, MemoPage } from '../../functions/core/ports/ports.ts';
import type { Directory } from './directory.ts';
import type { Facts } from './facts.ts';
import type { History } from './history.ts';

/** The longest time for which a run may still use a row that it read before later code wrote the row. */
const LONGEST_RUN_MS = 30 * 60_000;

/**
 * A ledger that writes its changes into the history, refuses rows of a later version as DynamoDB's ledger does, and
 * knows when a sweep would next find work.
 */
export const watchedLedger = (
  ledger: Ledger,
  { sim, history, directory, facts }: { sim: Clock; history: History; directory: Directory; facts: Facts },
): { ledger: Ledger; dueMs: () => Promise<number | undefined>; hasRow: (id: string) => boolean } => {
  const due = new Map<string, number>();
  const known = new Set<string>();
  const { overdueMs, queuedAnewMs } = timing();
  const note = (row: Memo | undefined) => {
    if (!row) return;
    known.add(row.id);
    if (isFinal(row.state) || row.dueAt === undefined) return void due.delete(row.id);
    const anewMs = row.ownFaultSince ? Date.parse(row.ownFaultSince) + queuedAnewMs : Number.POSITIVE_INFINITY;
    due.set(row.id, Math.min(Date.parse(row.dueAt) + overdueMs, anewMs));
  };
  const mustBeReadable = (id: string) => {
    if (facts.laterRows.sinceMs.has(id))
      throw new AftercallError('later_version', 'a later version wrote this row', { memo: id });
  };
  const readable = (page: MemoPage): MemoPage => {
    const later = page.memos.flatMap(({ id }) => (facts.laterRows.sinceMs.has(id) ? [id] : []));
    const memos = page.memos.filter(({ id }) => !later.includes(id));
    return { ...page, memos, ...(later.length > 0 && { laterVersions: later }) };
  };
  return {
    ledger: {
      ...ledger,
      async get(id) {
        mustBeReadable(id);
        return ledger.get(id);
      },
      list: async (...asked) => readable(await ledger.list(...asked)),
      due: async (...asked) => readable(await ledger.due(...asked)),
      async open(memo) {
        mustBeReadable(memo.id);
        const isNew = (await ledger.get(memo.id)) === undefined;
        const row = await ledger.open(memo);
        if (isNew)
          history.say(
            row
              ? `row ${directory.nameOf(memo.id)} begins ${row.state}`
              : `row ${directory.nameOf(memo.id)} is a tombstone`,
          );
        if (isNew) note(row);
        return row;
      },
      async move(id, move) {
        mustBeReadable(id);
        const row = await ledger.move(id, move);
        note(row);
        if (move.to === 'sending' && row?.attemptedAt) facts.attempted.set(id, Date.parse(row.attemptedAt));
        const reason = move.note?.reason ? `: ${move.note.reason}` : '';
        const where = row ? '' : ' (refused: the row is another by now)';
        if (move.from !== move.to || move.note)
          history.say(`row ${directory.nameOf(id)} ${move.from} → ${move.to}${reason}${where}`);
        return row;
      },
      async leaveTombstone(id, seen) {
        if (sim.nowMs() - (facts.laterRows.sinceMs.get(id) ?? sim.nowMs()) > LONGEST_RUN_MS)
          facts.laterRows.touched.push(id);
        const isDead = await ledger.leaveTombstone(id, seen);
        if (isDead) {
          due.delete(id);
          known.delete(id);
        }
        history.say(
          `row ${directory.nameOf(id)} ${isDead ? 'becomes a tombstone' : 'does not become a tombstone: it has moved on'}`,
        );
        return isDead;
      },
    },
    hasRow: (id) => known.has(id),
    dueMs: async () => (due.size === 0 ? undefined : Math.min(...due.values())),
  };
};
