import { expect, test } from 'vitest';
import type { Memo } from '../../../../functions/core/model/memo.ts';
import { countOf, groupCauses } from '../../../../functions/core/observe/causes/group-causes.ts';

const at = (minute: number) => `2026-03-04T08:${String(minute).padStart(2, '0')}:00.000Z`;
const KEY = 'Linq refuses our key';
const row = (id: string, state: Memo['state'], reason: string | undefined, over: Partial<Memo> = {}) => ({
  id,
  state,
  ...(reason !== undefined && { reason }),
  createdAt: at(0),
  history: [
    { at: at(0), state: 'received' as const },
    { at: at(5), state, ...(reason !== undefined && { reason }) },
  ],
  ...over,
});

test('memos are grouped by cause: how many, since when, until when', () => {
  const behind = `waits behind m_${'a'.repeat(26)}: ${KEY}`;
  const [group, ...others] = groupCauses([
    row('m_1', 'stored', KEY, { dueAt: at(14), ownFaultSince: at(2) }),
    row('m_2', 'stored', behind, { dueAt: at(13) }),
    row('m_3', 'stored', KEY, { dueAt: at(15) }),
    row('m_4', 'stored', undefined),
  ]);
  expect(others).toEqual([]);
  expect(group).toMatchObject({ count: 3, ended: 0, since: at(2), until: at(13), states: ['stored'] });
  expect(group?.cause).toMatchObject({ id: 'linq_key_refused', what: KEY, needs: 'person' });
  expect(group && countOf(group)).toBe('3 memos wait');
});

test('what needs a person stands before what goes on by itself, however few they are', () => {
  const groups = groupCauses([
    row('m_1', 'stored', 'quiet hours until 08:00 UTC'),
    row('m_2', 'stored', 'quiet hours until 08:00 UTC'),
    row('m_3', 'parked', 'the memo may have been sent: nobody knows'),
  ]);
  expect(groups.map(({ cause, count, ended }) => [cause.id, count, ended])).toEqual([
    ['may_have_been_sent', 1, 1],
    ['quiet_hours', 2, 0],
  ]);
  expect(groups.map(countOf)).toEqual(['1 memo needs a person', '2 memos wait']);
});

test('a row that the index shows in two states at once is counted once', () => {
  expect(groupCauses([row('m_1', 'stored', KEY), row('m_1', 'failed', KEY)])).toMatchObject([{ count: 1 }]);
});

test('the trouble began with the first line of the last run of the same reason', () => {
  const history: Memo['history'] = [
    { at: at(1), state: 'stored', reason: KEY },
    { at: at(2), state: 'stored', reason: 'Linq asks us to slow down' },
    { at: at(3), state: 'sending' },
    { at: at(4), state: 'stored', reason: KEY },
    { at: at(6), state: 'stored', reason: KEY },
  ];
  expect(groupCauses([row('m_1', 'stored', KEY, { history })])).toMatchObject([{ since: at(4) }]);
});
