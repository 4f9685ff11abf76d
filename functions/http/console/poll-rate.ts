import { isFinal, type Memo } from '../../core/model/memo.ts';

/** What is due has been tried within a minute, or is put off; Linq's receipts follow a send within seconds. */
const SOON_MS = 10_000;
const WORKING_MS = 60_000;
const RECEIPT_MS = 30_000;

/** Whether news of a memo is a matter of moments: the page then looks more often. */
export const isMoving = ({ state, dueAt, updatedAt }: Memo, nowMs: number): boolean => {
  if (state === 'sent') return nowMs - Date.parse(updatedAt) < RECEIPT_MS;
  if (isFinal(state)) return false;
  const sinceDueMs = nowMs - Date.parse(dueAt ?? updatedAt);
  return -SOON_MS < sinceDueMs && sinceDueMs < WORKING_MS;
};
