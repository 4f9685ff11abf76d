import type { Expectation } from './expectation.ts';
import type { Arrived } from './linq-chats.ts';
import type { Doubt, Facts, Find, Row } from './verdict.ts';

/**
 * The bridge never sends a memo a third time: if two attempts left open whether Linq has the memo, and the chat does
 * not list the memo, a person decides. A storm may cause this for any memo, by a fault and a `kill -9`, or by two
 * outages. Such an end keeps the promise if the kit knows a cause for each open attempt. The row alone is no proof.
 */
export const parkedInDoubt = ({ sent, doubts = [], toleranceMs = 0 }: Facts) => {
  const rows: Row[] = [];
  const most = 1 + Math.floor(sent.length * MOST_PART);
  return {
    /** Whether a memo that should be delivered may be parked; counts the memo. */
    mayBe(expects: Expectation, row: Row, messages: readonly Arrived[]): boolean {
      const isListed = messages.length > 0 && !(expects.kind === 'delivered' && expects.mayBeTwo);
      if (row.state !== 'parked' || !REASON.test(row.reason ?? '') || isListed) return false;
      const attempts = openAttempts(row);
      const isKnown = (attempt: Span) => doubts.some((doubt) => isOf(doubt, row) && meet(doubt, attempt, toleranceMs));
      if (attempts.length < 2 || !attempts.every(isKnown)) return false;
      rows.push(row);
      return true;
    },
    /** By chance, only few memos end so. If many do, the bridge is the cause, and each is a finding. */
    count(find: Find): number {
      if (rows.length > most)
        for (const { id } of rows)
          find('another end', id, `planned delivered, it is parked, as ${rows.length} are; chance allows ${most}`);
      return rows.length;
    },
  };
};

const REASON = /^the memo may have been sent: Linq gave no answer twice, and the chat does not list the memo$/;
/** The largest part of all calls that may end so. */
const MOST_PART = 1 / 200;

type Span = Pick<Doubt, 'fromMs' | 'toMs'>;

/** The times from each POST to the row's move to `unknown`. */
const openAttempts = ({ history }: Row): Span[] => {
  let beganMs: number | undefined;
  const attempts: Span[] = [];
  for (const { at, state } of history) {
    const ms = Date.parse(at);
    if (state === 'sending') beganMs = ms;
    // Another process, with another clock, may have written the state.
    else if (state === 'unknown' && beganMs !== undefined)
      attempts.push({ fromMs: Math.min(beganMs, ms), toMs: Math.max(beganMs, ms) });
  }
  return attempts;
};

const isOf = ({ memo }: Doubt, { id }: Row): boolean => memo === undefined || memo === id;

const meet = (one: Span, other: Span, toleranceMs: number): boolean =>
  one.fromMs <= other.toMs + toleranceMs && other.fromMs <= one.toMs + toleranceMs;
