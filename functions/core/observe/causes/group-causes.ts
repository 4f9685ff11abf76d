import { isFinal, type Memo } from '../../model/memo.ts';
import type { Cause } from './cause.ts';
import { causeOf } from './cause-of.ts';

/** The memos that wait or have ended for one cause. */
export interface CauseGroup {
  cause: Cause;
  count: number;
  /** How many of them need a person: their state ends only by a replay or an erasure. */
  ended: number;
  /** ISO time: when the first of them came into this trouble. */
  since: string;
  /** ISO time: the next try of any of them; absent where none is tried again. */
  until?: string;
  states: Memo['state'][];
}

type Grouped = Pick<
  Memo,
  'id' | 'state' | 'reason' | 'history' | 'createdAt' | 'dueAt' | 'waitingSince' | 'ownFaultSince'
>;

/** Groups memos by cause: those that need a person first, then the largest. */
export const groupCauses = (memos: readonly Grouped[]): CauseGroup[] => {
  const groups = new Map<string, CauseGroup>();
  // An index may show a row that has just moved in two states.
  for (const memo of new Map(memos.map((each) => [each.id, each])).values()) {
    const cause = causeOf(memo);
    if (!cause) continue;
    const group = groups.get(cause.id) ?? { cause, count: 0, ended: 0, since: sinceOf(memo), states: [] };
    groups.set(cause.id, {
      ...group,
      count: group.count + 1,
      ended: group.ended + (isFinal(memo.state) ? 1 : 0),
      since: earlier(group.since, sinceOf(memo)),
      ...(memo.dueAt !== undefined && { until: group.until ? earlier(group.until, memo.dueAt) : memo.dueAt }),
      states: group.states.includes(memo.state) ? group.states : [...group.states, memo.state],
    });
  }
  const rank = ({ cause: { needs } }: CauseGroup) => (needs === 'person' ? 0 : 1);
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.count - a.count);
};

/** When the memo came into its present trouble: the oldest of the last lines of its history with the same reason. */
const sinceOf = ({ history, reason, createdAt, ownFaultSince, waitingSince }: Grouped): string => {
  if (ownFaultSince) return ownFaultSince;
  const last = history.findLastIndex((line) => line.reason !== undefined && line.reason !== reason);
  const first = history.slice(last + 1).find((line) => line.reason !== undefined);
  return first?.at ?? waitingSince ?? createdAt;
};

const earlier = (a: string, b: string): string => (a < b ? a : b);

type Counted = Pick<CauseGroup, 'count' | 'ended'> & (Pick<CauseGroup, 'cause'> | Pick<Cause, 'needs'>);

/** `3 memos wait`, `1 memo needs a person`, or both; `2 memos have ended` where nobody is needed. */
export const countOf = ({ count, ended, ...rest }: Counted): string => {
  const needs = 'cause' in rest ? rest.cause.needs : rest.needs;
  const waiting = count - ended;
  const [one, many] = needs === 'person' ? ['needs a person', 'need a person'] : ['has ended', 'have ended'];
  return [
    waiting > 0 && (waiting === 1 ? '1 memo waits' : `${waiting} memos wait`),
    ended > 0 && (ended === 1 ? `1 memo ${one}` : `${ended} memos ${many}`),
  ]
    .filter(Boolean)
    .join(', ');
};
