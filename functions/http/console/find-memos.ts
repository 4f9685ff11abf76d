import { MEMO_ID, type Memo, type MemoState } from '../../core/memo.ts';
import type { Ledger, MemoFilter } from '../../core/ports.ts';

export interface Wanted {
  state?: MemoState | undefined;
  source?: string | undefined;
  /** A memo's id, a call's or a chat's. */
  q?: string | undefined;
  next?: string | undefined;
}

export interface Found {
  memos: Memo[];
  next?: string;
  /** How many rows were looked through, where no index leads to what is wanted. */
  lookedThrough?: number;
}

/** What a page shows. */
export const PAGE = 50;
/** Where no index leads to the rows, so many are read for one page, and the next page goes on from there. */
const SIEVE_PAGE = 100;
const SIEVE_PAGES = 10;

const CHAT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads from the one index that leads to the fewest rows, and no more than the page shows wherever that index is enough. */
export const findMemos = async (ledger: Ledger, wanted: Wanted): Promise<Found> => {
  const { state, source, q, next } = wanted;
  const fits = (memo: Memo) => (!state || memo.state === state) && (!source || memo.recording.source === source);
  if (q && MEMO_ID.test(q)) {
    const memo = await ledger.get(q);
    return { memos: memo && fits(memo) ? [memo] : [] };
  }
  if (q && !(CHAT_ID.test(q) && next)) {
    const callId = { callId: q, ...(state && { state }), ...(source && { source }) };
    const page = await ledger.list(callId, PAGE, next);
    // Some systems' call ids are UUIDs too.
    if (page.memos.length > 0 || !CHAT_ID.test(q)) return page;
  }
  const chat = q?.toLowerCase();
  if (chat) return sieve(ledger, oneIndex(state, source), (memo) => fits(memo) && isIn(memo, chat), next);
  if (state && source) return sieve(ledger, oneIndex(state, source), fits, next);
  return ledger.list(oneIndex(state, source), PAGE, next);
};

/** Nearly every memo is in one of these in the end, and its source tells it better. */
const COMMON: readonly MemoState[] = ['sent', 'delivered', 'read'];
const oneIndex = (state: MemoState | undefined, source: string | undefined): MemoFilter => {
  if (state && !(source && COMMON.includes(state))) return { state };
  return source ? { source } : {};
};

const isIn = ({ chat, target }: Memo, id: string): boolean =>
  chat === id || (target !== undefined && 'chat' in target && target.chat === id);

const sieve = async (
  ledger: Ledger,
  filter: MemoFilter,
  fits: (memo: Memo) => boolean,
  from?: string,
): Promise<Found> => {
  const memos: Memo[] = [];
  let next = from;
  let lookedThrough = 0;
  for (let page = 0; page < SIEVE_PAGES && memos.length < PAGE; page += 1) {
    const read = await ledger.list(filter, SIEVE_PAGE, next);
    memos.push(...read.memos.filter(fits));
    lookedThrough += read.memos.length;
    next = read.next;
    if (!next) break;
  }
  return { memos, lookedThrough, ...(next && { next }) };
};
