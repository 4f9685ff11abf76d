import { isFinal, type Memo } from '../../core/model/memo.ts';

/** Before its due time by so much, and after it by so much, a memo is about to change. */
const BEFORE_DUE_MS = 10_000;
const AFTER_DUE_MS = 60_000;
/** Linq's receipts follow a send within seconds. */
const RECEIPT_MS = 30_000;

/** Whether a memo is about to change: the page then polls more often. */
export const changesSoon = ({ state, dueAt, updatedAt }: Memo, nowMs: number): boolean => {
  if (state === 'sent') return nowMs - Date.parse(updatedAt) < RECEIPT_MS;
  if (isFinal(state)) return false;
  const sinceDueMs = nowMs - Date.parse(dueAt ?? updatedAt);
  return -BEFORE_DUE_MS < sinceDueMs && sinceDueMs < AFTER_DUE_MS;
};
