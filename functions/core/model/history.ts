import type { HistoryEntry, Memo, MemoState } from './memo.ts';

/**
 * A row keeps the first lines of its history and the last ones. Without a limit, a key that Linq refuses for weeks
 * would make the row larger than the 400 KB that DynamoDB allows, and no move of the row would succeed any more.
 */
export const HISTORY = {
  first: 10,
  /** A history with this many lines is full. */
  most: 40,
  /** How many lines a full history loses at once: those behind the first ones. */
  leftOut: 15,
} as const;

/** A reason may quote a long answer of another system. */
const REASON_CHARACTERS = 500;

/** The history's line for a move. */
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

/**
 * Adds a line to a history, and counts the lines that are left out. `ledger.dynamodb-move.ts` does the same in one
 * write.
 */
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

/** A history for display: its lines in order, and the number of lines that are left out where there are any. */
export const shownHistory = <T>(
  history: readonly T[],
  omitted = 0,
): ({ entry: T; before: T | undefined } | { omitted: number })[] => {
  const lines = history.map((entry, at) => ({
    entry,
    // The time between two lines means nothing where lines between them are left out.
    before: omitted > 0 && at === HISTORY.first ? undefined : history[at - 1],
  }));
  return omitted > 0 ? [...lines.slice(0, HISTORY.first), { omitted }, ...lines.slice(HISTORY.first)] : lines;
};
