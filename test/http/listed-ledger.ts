import type { Memo } from '../../functions/core/model/memo.ts';
import type { Ledger, MemoFilter, Receipt } from '../../functions/core/ports/ports.ts';

export interface Rows {
  memos?: readonly Memo[];
  receipts?: readonly Receipt[];
  /** The cursor at the end of every list. */
  next?: string;
  /** How many rows every list has read. */
  lookedThrough?: number;
  /** Every list gives all memos, whatever its filter. */
  ignoresFilters?: boolean;
  claims?: Map<string, string>;
}

interface Listed {
  filter: MemoFilter;
  limit: number;
  next?: string;
}

/** A ledger whose rows are given, and which can be read and erased; records what it was asked. */
export const listedLedger = ({
  memos = [],
  receipts = [],
  next,
  lookedThrough,
  ignoresFilters = false,
  claims = new Map(),
}: Rows) => {
  const lists: Listed[] = [];
  const gets: string[] = [];
  const erased: string[] = [];
  const ledger: Ledger = {
    open: never,
    move: never,
    addReceipt: never,
    due: never,
    claim: async (key, claimant) => claims.set(key, claims.get(key) ?? claimant).get(key) === claimant,
    count: async (_filter, most) => most,
    leaveTombstone: async (id) => erased.push(id) > 0,
    forgetReceipts: async () => {},
    messageIdsFromReceipts: async () => [],
    receipt: async (messageId) => receipts.find((receipt) => receipt.messageId === messageId),
    async get(id) {
      gets.push(id);
      return memos.find((memo) => memo.id === id);
    },
    async list(filter, limit, from) {
      const isOfADay = limit === 100 && filter.since !== undefined; // the figures of the chart
      if (!isOfADay) lists.push({ filter, limit, ...(from && { next: from }) });
      return {
        memos: memos.filter((memo) => ignoresFilters || fits(memo, filter, isOfADay)).slice(0, limit),
        ...(next && !isOfADay && { next }),
        ...(lookedThrough !== undefined && { lookedThrough }),
      };
    },
  };
  return { ledger, lists, gets, erased };
};

const fits = ({ recording, state, createdAt }: Memo, filter: MemoFilter, isOfADay: boolean) => {
  const { since = '', until = '~' } = filter;
  return (
    (!isOfADay || (createdAt >= since && createdAt < until)) &&
    (!filter.source || recording.source === filter.source) &&
    (!filter.state || state === filter.state) &&
    (!filter.callId || recording.callId === filter.callId)
  );
};

const never = () => {
  throw new Error('this ledger can only be read and erased');
};
