import { AftercallError } from '../../functions/core/model/errors.ts';
import { clipped, historyEntry, withEntry } from '../../functions/core/model/history.ts';
import { isFinal, type Memo, mayMove } from '../../functions/core/model/memo.ts';
import type { Clock, Ledger, MemoFilter, MemoSearch, Receipt } from '../../functions/core/ports/ports.ts';

/** The table in memory, held to the same contract as DynamoDB's: `test/contracts/ledger.ts`. */
export const memoryLedger = ({ clock }: { clock: Clock }): Ledger => {
  const rows = new Map<string, Memo>();
  const tombstones = new Set<string>();
  const claims = new Map<string, string>();
  const receipts = new Map<string, Receipt>();
  const named = new Map<string, Map<string, string | undefined>>();
  const isoNow = () => new Date(clock.nowMs()).toISOString();
  const kept = (memo: Memo): Memo => {
    rows.set(memo.id, structuredClone(memo));
    return memo;
  };

  return {
    async open({ id, state, reason, ...given }) {
      if (tombstones.has(id)) return undefined;
      const there = rows.get(id);
      if (there) return structuredClone(there);
      const at = isoNow();
      const facts = { ...given, ...(reason && { reason }) };
      const history = [historyEntry({ to: state, ...(reason && { note: { reason } }) }, at)];
      const counts = { generation: 0, attempts: 0, cannotFetch: 0 };
      const due = isFinal(state) ? {} : { dueAt: at };
      return kept({ v: 1, id, state, ...facts, ...counts, history, createdAt: at, updatedAt: at, ...due });
    },

    async get(id) {
      return structuredClone(rows.get(id));
    },

    async move(id, { from, to, generation, where = {}, set = {}, clear = [], note }) {
      if (!mayMove(from, to, generation !== undefined))
        throw new AftercallError('internal', `no memo moves from ${from} to ${to}`);
      const both = clear.find((field) => field in set);
      if (both) throw new Error(`a move cannot both set and clear ${both}`);
      const row = structuredClone(rows.get(id));
      if (row?.state !== from) return undefined;
      // A cast: Object.entries loses the names of the fields; these are Memo's own.
      for (const [field, value] of Object.entries(where)) if (row[field as keyof Memo] !== value) return undefined;
      if (generation !== undefined && row.generation >= generation) return undefined;

      const at = isoNow();
      const due = from !== to && !isFinal(to) ? { dueAt: at } : {};
      const next: Memo = { ...row, ...due, ...set, state: to, generation: generation ?? row.generation };
      for (const field of clear) delete next[field];
      if (isFinal(to)) delete next.dueAt;
      if (note?.reason) next.reason = clipped(note.reason);
      else if (from !== to) delete next.reason;
      if (from !== to || note) {
        next.updatedAt = at;
        Object.assign(next, withEntry(next, historyEntry({ to, ...(note && { note }) }, at)));
      }
      return kept(structuredClone(next));
    },

    async claim(key, memo) {
      if (!claims.has(key)) claims.set(key, memo);
      return claims.get(key) === memo;
    },

    async list(filter, limit, next) {
      const before = next === undefined ? undefined : readCursor(next, filter);
      const rest = [...rows.values()]
        .filter(({ recording }) => !filter.callId || recording.callId === filter.callId)
        .filter(({ recording }) => !filter.source || recording.source === filter.source)
        .filter(({ state }) => !filter.state || state === filter.state)
        .filter(({ recording, target }) => !filter.phone || numbersOf(recording, target).includes(bare(filter.phone)))
        .filter((row) => !filter.chat || chatsOf(row).includes(filter.chat))
        .filter(({ reason }) => !filter.reason || reason?.includes(filter.reason))
        .filter((row) => !filter.search || isFound(row, filter.search))
        .filter(({ createdAt }) => !filter.since || createdAt >= filter.since)
        .filter(({ createdAt }) => !filter.until || createdAt < filter.until)
        .filter((row) => before === undefined || place(row) < before)
        .sort((a, b) => (place(a) < place(b) ? 1 : -1));
      const page = rest.slice(0, limit);
      const last = page.length < rest.length && page.at(-1);
      return { memos: structuredClone(page), ...(last && { next: writeCursor(place(last), filter) }) };
    },

    async due(before, limit, next) {
      const after = next?.startsWith('due ') ? next.slice(4) : '';
      if (next !== undefined && !after) throw new AftercallError('unreadable', 'next: not a cursor of this list');
      const rest = [...rows.values()]
        .filter(({ dueAt, state, ownFaultSince }) =>
          [dueAt, state === 'stored' && ownFaultSince].some((time) => time && time < before),
        )
        .filter(({ id }) => id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const page = rest.slice(0, limit);
      const last = page.length < rest.length && page.at(-1);
      return { memos: structuredClone(page), ...(last && { next: `due ${last.id}` }) };
    },

    async count({ state, source, since = '' }, most) {
      const fits = (row: Memo) =>
        (!state || row.state === state) && (!source || row.recording.source === source) && row.createdAt >= since;
      return Math.min(most, [...rows.values()].filter(fits).length);
    },

    async leaveTombstone(id, seen) {
      const row = rows.get(id);
      if (row && seen && (row.state !== seen.state || row.generation !== seen.generation)) return false;
      if (rows.delete(id)) tombstones.add(id);
      return true;
    },

    async addReceipt(given, inRow) {
      const receipt = { ...given, ...receipts.get(given.messageId) };
      receipts.set(given.messageId, receipt);
      if (given.memo && !inRow) {
        const before = named.get(given.memo) ?? new Map();
        // Where the message is known without a chat, the bridge itself linked the message to the memo.
        const chat = before.has(given.messageId) && !before.get(given.messageId) ? undefined : given.chat;
        named.set(given.memo, before.set(given.messageId, chat));
      }
      return structuredClone(receipt);
    },

    async receipt(messageId) {
      return structuredClone(receipts.get(messageId));
    },

    async messageIdsFromReceipts(memo) {
      return [...(named.get(memo) ?? [])].map(([messageId, chat]) => ({ messageId, ...(chat && { chat }) }));
    },

    async forgetReceipts(memo, messages) {
      for (const id of [...messages, ...(named.get(memo)?.keys() ?? [])]) receipts.delete(id);
      named.delete(memo);
    },
  };
};

/** Some sources write numbers without their plus sign. */
function bare(number: string | undefined): string | undefined {
  return number?.replace(/^\+/, '');
}

const numbersOf = ({ from, to }: Memo['recording'], target: Memo['target']) =>
  [from, to, target && 'handle' in target ? target.handle : undefined].map(bare);

const chatsOf = ({ chat, target }: Memo) => [chat, target && 'chat' in target ? target.chat : undefined];

const isFound = (row: Memo, { idPrefix, digits }: MemoSearch): boolean => {
  const { id, recording, target } = row;
  const begins = (prefix: string) => (text: string | undefined) => text?.startsWith(prefix) ?? false;
  return (
    [id, recording.callId, recording.id].some(begins(idPrefix)) ||
    chatsOf(row).some(begins(idPrefix.toLowerCase())) ||
    numbersOf(recording, target).some((number) => digits.some((each) => number?.includes(each)))
  );
};

const place = ({ createdAt, id }: Memo): string => `${createdAt}#${id}`;

const writeCursor = (at: string, { callId, state, source }: MemoFilter): string =>
  Buffer.from(JSON.stringify({ callId, state, source, at })).toString('base64url');

/** A cursor continues only the list that gave the cursor, and only between that list's two times. */
const readCursor = (cursor: string, filter: MemoFilter): string => {
  let at: unknown;
  try {
    at = JSON.parse(Buffer.from(cursor, 'base64url').toString())?.at;
  } catch {}
  const { since = '', until } = filter;
  const mine = typeof at === 'string' && cursor === writeCursor(at, filter);
  if (typeof at !== 'string' || !mine || at < since || (until !== undefined && at >= until)) {
    throw new AftercallError('unreadable', 'next: not a cursor of this list');
  }
  return at;
};
