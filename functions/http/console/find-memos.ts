import { MEMO_ID, type MemoState } from '../../core/model/memo.ts';
import { CHAT_ID } from '../../core/model/recording.ts';
import { DAY_MS, isoTime } from '../../core/model/timing.ts';
import type { Ledger, MemoFilter, MemoPage } from '../../core/ports/ports.ts';
import { digitsOf, e164Of } from './search-text.ts';

/** The filters of the list. All that are given must fit. */
export interface Wanted {
  state?: MemoState | undefined;
  source?: string | undefined;
  /** A part of the reason. */
  reason?: string | undefined;
  /** The first day and the last day, `YYYY-MM-DD` in UTC. */
  since?: string | undefined;
  until?: string | undefined;
  /** The beginning of the id of a memo, a call, a recording or a chat. */
  q?: string | undefined;
  /** A text that may be a telephone number: in E.164, or as people write it. It may also be an id. */
  number?: string | undefined;
  next?: string | undefined;
}

/** Memos on one page, which must stay below 60 kB. */
export const PAGE = 40;

/**
 * Reads the index that holds the fewest other rows, and no more rows than a page shows where that index is enough. An
 * id is first looked for where an index leads to it.
 */
export const findMemos = async (ledger: Ledger, wanted: Wanted): Promise<MemoPage> => {
  const { number, next } = wanted;
  const filter = filterOf(wanted);
  const phone = number && e164Of(number);
  if (phone) return ledger.list({ ...filter, phone }, PAGE, next);
  const text = number ?? wanted.q;
  if (!text) return ledger.list(filter, PAGE, next);
  if (MEMO_ID.test(text)) {
    const memo = await ledger.get(text);
    return { memos: memo && fits(memo, filter) ? [memo] : [] };
  }
  // A list by call has its own cursors, so a later page first asks whether there is such a call.
  const call = { ...filter, callId: text };
  const ofCall = await ledger.list(call, next === undefined ? PAGE : 1);
  if (ofCall.memos.length > 0) return next === undefined ? ofCall : ledger.list(call, PAGE, next);
  if (CHAT_ID.test(text)) return ledger.list({ ...filter, chat: text.toLowerCase() }, PAGE, next);
  return ledger.list({ ...filter, search: { idPrefix: text, digits: digitsOf(text) } }, PAGE, next);
};

const filterOf = ({ state, source, reason, since, until }: Wanted): MemoFilter => ({
  ...(state && { state }),
  ...(source && { source }),
  ...(reason && { reason }),
  ...(since && { since: isoTime(Date.parse(since)) }),
  ...(until && { until: isoTime(Date.parse(until) + DAY_MS) }),
});

type Found = Awaited<ReturnType<Ledger['get']>> & {};
const fits = ({ state, recording, reason, createdAt }: Found, filter: MemoFilter): boolean =>
  (!filter.state || state === filter.state) &&
  (!filter.source || recording.source === filter.source) &&
  (!filter.reason || (reason?.includes(filter.reason) ?? false)) &&
  (!filter.since || createdAt >= filter.since) &&
  (!filter.until || createdAt < filter.until);
