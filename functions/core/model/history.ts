import type { HistoryEntry, Memo, MemoState } from './memo.ts';

/**
 * How much of a history a row keeps: the first lines, and the last ones. Without a bound, a key that Linq refuses for weeks would
 * make the row larger than the 400 KB that DynamoDB allows, and then no move of it would ever succeed again.
 */
export const HISTORY = {
  first: 10,
  /** With so many lines it is full. */
  most: 40,
  /** As many go at once when it is full, those that follow the first ones. */
  leftOut: 15,
} as const;

/** A reason may quote what others have answered. */
const REASON_CHARACTERS = 500;

/** The line of a move to a state. */
export const historyEntry = (
  { to, note }: { to: MemoState; note?: Omit<HistoryEntry, 'at' | 'state'> },
  at: string,
): HistoryEntry => ({
  at,
  state: to,
  ...note,
  ...(note?.reason && { reason: clipped(note.reason) }),
});

export const clipped = (reason: string): string =>
  reason.length > REASON_CHARACTERS ? `${reason.slice(0, REASON_CHARACTERS - 1)}…` : reason;

/** A history with one line more, and how many lines it had to leave out. What DynamoDB does in one write: `ledger.dynamodb-move.ts`. */
export const withEntry = (
  { history, historyOmitted }: Pick<Memo, 'history' | 'historyOmitted'>,
  entry: HistoryEntry,
): Pick<Memo, 'history' | 'historyOmitted'> =>
  history.length < HISTORY.most
    ? { history: [...history, entry], ...(historyOmitted !== undefined && { historyOmitted }) }
    : {
        history: [...history.toSpliced(HISTORY.first, HISTORY.leftOut), entry],
        historyOmitted: (historyOmitted ?? 0) + HISTORY.leftOut,
      };

/** A history as it is shown: its lines in order, and where some are left out, how many. */
export const shownHistory = <T>(
  history: readonly T[],
  omitted = 0,
): ({ entry: T; before: T | undefined } | { omitted: number })[] => {
  const lines = history.map((entry, at) => ({
    entry,
    // The time between two lines says nothing where others were between them.
    before: omitted > 0 && at === HISTORY.first ? undefined : history[at - 1],
  }));
  return omitted > 0 ? [...lines.slice(0, HISTORY.first), { omitted }, ...lines.slice(HISTORY.first)] : lines;
};
