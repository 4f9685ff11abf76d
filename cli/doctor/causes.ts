import { fixFor } from '../../functions/core/observe/causes/cause-of.ts';
import { countOf } from '../../functions/core/observe/causes/group-causes.ts';
import { shortTime } from '../base/memo.ts';
import type { Check } from './check.ts';
import type { RunningBridge } from './running-bridge.ts';

/** What waits or failed, by cause, with what to do. No fault of the set-up: the doctor names these apart. */
export const checkCauses = ({ causes, more }: RunningBridge, stage: string | undefined): Check[] =>
  causes.map((group) => {
    const { what, why, needs, since, until, states } = group;
    const orMore = states.some((state) => more.includes(state)) ? ' or more' : '';
    const next = until === undefined ? '' : `, next try ${shortTime(until)} UTC`;
    return {
      area: 'memos',
      what,
      state: needs === 'person' ? 'warning' : 'note',
      says: `${countOf(group)}${orMore} since ${shortTime(since)} UTC${next}. ${why}`,
      fix: fixFor(group, { stage }),
    };
  });

/** How many memos need a person. */
export const needPerson = ({ causes }: RunningBridge): number =>
  causes.filter(({ needs }) => needs === 'person').reduce((sum, { count }) => sum + count, 0);
