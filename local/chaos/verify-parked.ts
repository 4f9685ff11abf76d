import type { Expectation } from './expectation.ts';
import type { Arrived } from './linq-chats.ts';
import type { Doubt, Facts, Find, Row } from './verdict.ts';

/**
 * A memo is never sent a third time: where Linq left twice open whether it has the memo, and the chat does not list the memo, a
 * person decides. A storm may do that to any memo, by a fault and by a `kill -9`, or by two outages. Such an end is as promised
 * where the kit itself knows a cause for each open attempt; the row's word alone is not enough.
 */
export const parkedInDoubt = ({ sent, doubts = [], toleranceMs = 0 }: Facts) => {
  const rows: Row[] = [];
  const most = 1 + Math.floor(sent.length * MOST_PART);
  return {
    /** Whether a memo that was to be delivered may be parked; counts it. */
    mayBe(expects: Expectation, row: Row, messages: readonly Arrived[]): boolean {
      const isListed = messages.length > 0 && !(expects.kind === 'delivered' && expects.mayBeTwo);
      if (row.state !== 'parked' || !REASON.test(row.reason ?? '') || isListed) return false;
      const attempts = openAttempts(row);
      const isKnown = (attempt: Span) => doubts.some((doubt) => isOf(doubt, row) && meet(doubt, attempt, toleranceMs));
      if (attempts.length < 2 || !attempts.every(isKnown)) return false;
      rows.push(row);
      return true;
    },
    /** Chance does this to few memos. Where many memos end so, the bridge is the cause. */
    count(find: Find): number {
      if (rows.length > most)
        for (const { id } of rows)
          find('another end', id, `planned delivered, it is parked, as ${rows.length} are; chance allows ${most}`);
      return rows.length;
    },
  };
};

const REASON = /^the memo may have been sent: Linq gave no answer twice, and the chat does not list the memo$/;
/** Of all calls. */
const MOST_PART = 1 / 200;

type Span = Pick<Doubt, 'fromMs' | 'toMs'>;

/** From each POST to the moment at which the row says that its end is unknown. */
const openAttempts = ({ history }: Row): Span[] => {
  let beganMs: number | undefined;
  const attempts: Span[] = [];
  for (const { at, state } of history) {
    const ms = Date.parse(at);
    if (state === 'sending') beganMs = ms;
    // Another process may have written it, by another clock.
    else if (state === 'unknown' && beganMs !== undefined)
      attempts.push({ fromMs: Math.min(beganMs, ms), toMs: Math.max(beganMs, ms) });
  }
  return attempts;
};

const isOf = ({ memo }: Doubt, { id }: Row): boolean => memo === undefined || memo === id;

const meet = (one: Span, other: Span, toleranceMs: number): boolean =>
  one.fromMs <= other.toMs + toleranceMs && other.fromMs <= one.toMs + toleranceMs;
