import { MEMO_ID, type MemoState } from '../../core/model/memo.ts';
import type { Ledger, MemoPage } from '../../core/ports/ports.ts';

export interface Wanted {
  state?: MemoState | undefined;
  source?: string | undefined;
  /** The id of a memo, a call or a chat. */
  q?: string | undefined;
  /** E.164, of a party of the call or of the recipient. */
  phone?: string | undefined;
  next?: string | undefined;
}

/** Memos on one page. */
export const PAGE = 50;

const CHAT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads the index that holds the fewest other rows, and no more rows than a page shows where that index is enough. */
export const findMemos = async (ledger: Ledger, { state, source, q, phone, next }: Wanted): Promise<MemoPage> => {
  const filter = { ...(state && { state }), ...(source && { source }) };
  if (phone) return ledger.list({ ...filter, phone }, PAGE, next);
  if (!q) return ledger.list(filter, PAGE, next);
  if (MEMO_ID.test(q)) {
    const memo = await ledger.get(q);
    const fits = memo && (!state || memo.state === state) && (!source || memo.recording.source === source);
    return { memos: fits ? [memo] : [] };
  }
  const isChat = CHAT_ID.test(q);
  if (!(isChat && next)) {
    const page = await ledger.list({ ...filter, callId: q }, PAGE, next);
    // The call ids of some systems are UUIDs too.
    if (page.memos.length > 0 || !isChat) return page;
  }
  return ledger.list({ ...filter, chat: q.toLowerCase() }, PAGE, next);
};
