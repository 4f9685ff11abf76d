import { describe, expect, test } from 'vitest';
import type { Arrived } from '../../../local/chaos/linq-chats.ts';
import type { Doubt, Row, Sent } from '../../../local/chaos/verdict.ts';
import { verify } from '../../../local/chaos/verify.ts';

const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const TWICE = 'the memo may have been sent: Linq gave no answer twice, and the chat does not list the memo';
const BEGAN = Date.parse('2026-11-23T15:00:00.000Z');
const second = (n: number) => BEGAN + n * 1000;

/** A memo whose two POSTs, at seconds 10 and 60, got no answer, as its row and the fault kit report. */
const memo = 'm_aaaaaaaaaaaaaaaaaaaaaaaaaa';
const history = (...entries: [seconds: number, state: string][]): Row['history'] =>
  entries.map(([seconds, state]) => ({ at: new Date(second(seconds)).toISOString(), state }));
const twice = history(
  [10, 'sending'],
  [12, 'unknown'],
  [45, 'stored'],
  [60, 'sending'],
  [62, 'unknown'],
  [95, 'parked'],
);
const row: Row = { id: memo, state: 'parked', reason: TWICE, history: twice };
const at = (seconds: number, more: Partial<Doubt> = {}): Doubt => ({
  fromMs: second(seconds),
  toMs: second(seconds),
  ...more,
});
const sentOf = (of: string): Sent => ({
  call: of,
  chat: CHAT,
  acknowledged: true,
  memos: [of],
  expects: { kind: 'delivered' },
});
const message: Arrived = { chat: CHAT, memo, digest: 'a sound', createdMs: second(11), place: 0 };

const judge = (facts: { row?: Partial<Row>; doubts?: Doubt[]; arrived?: Arrived[]; sent?: Partial<Sent> } = {}) => {
  const verdict = verify({
    sent: [{ ...sentOf(memo), ...facts.sent }],
    rows: new Map([[memo, { ...row, ...facts.row }]]),
    arrived: facts.arrived ?? [],
    doubts: facts.doubts ?? [at(11, { memo }), at(61, { memo })],
    toleranceMs: 500,
  });
  return { kinds: verdict.findings.map(({ kind }) => kind), parked: verdict.parkedInDoubt };
};
const AS_PROMISED = { kinds: [], parked: 1 };
const FOUND = { kinds: ['another end'], parked: 0 };

describe('a memo that was to be delivered may be parked', () => {
  test('a memo may be parked where Linq left two of its POSTs open', () => {
    expect(judge()).toEqual(AS_PROMISED);
  });

  test('a memo may be parked where the function was killed in one attempt, and the database was away in the other', () => {
    expect(judge({ doubts: [at(11), at(50, { toMs: second(61) })] })).toEqual(AS_PROMISED);
  });

  test('a parked memo may be in the chat where the plan has Linq list it too late', () => {
    const sent: Partial<Sent> = { expects: { kind: 'delivered', mayBeTwo: true } };
    expect(judge({ sent, arrived: [message] })).toEqual(AS_PROMISED);
  });
});

describe('but it is found', () => {
  test.each<[string, Parameters<typeof judge>[0]]>([
    [
      'where the row tells of one attempt',
      { row: { history: history([10, 'sending'], [12, 'unknown'], [45, 'parked']) } },
    ],
    ['where the kit knows of no cause for the second attempt', { doubts: [at(11, { memo })] }],
    ['where the cause was another memo’s', { doubts: [at(11, { memo }), at(61, { memo: 'm_another' })] }],
    ['where the cause came when the attempt was over', { doubts: [at(11), at(63)] }],
    ['where the reason is another', { row: { reason: 'the memo may have been sent: too long ago for Linq to tell' } }],
    ['where the chat lists the memo', { arrived: [message] }],
    ['where it is failed', { row: { state: 'failed' } }],
  ])('%s', (_, facts) => {
    expect(judge(facts).kinds).toContain('another end');
    expect(judge(facts).parked).toBe(0);
  });

  test('a memo that is parked without a known cause is found', () => {
    expect(judge({ doubts: [] })).toEqual(FOUND);
  });

  test('more parked memos than chance brings about are found', () => {
    const memos = Array.from({ length: 200 }, (_, n) => `m_${n}`);
    const judged = (parked: number) =>
      verify({
        sent: memos.map(sentOf),
        rows: new Map(memos.map((id, n) => [id, n < parked ? { ...row, id } : { ...row, id, state: 'sent' }])),
        arrived: memos.slice(parked).map((id, n) => ({ ...message, memo: id, digest: id, place: n })),
        doubts: [at(11), at(61)],
      });
    expect(judged(2).findings).toEqual([]);
    expect(judged(3).findings.map(({ kind }) => kind)).toEqual(['another end', 'another end', 'another end']);
  });
});

test('a later part of a call that was to be delivered, and is not, is found', () => {
  const sent: Partial<Sent> = { expects: { kind: 'delivered', parts: 2 } };
  const verdict = verify({
    sent: [{ ...sentOf(memo), ...sent }],
    rows: new Map([
      [memo, { ...row, state: 'sent' }],
      [`${memo}-2`, { ...row, id: `${memo}-2`, state: 'failed', reason: 'given up' }],
    ]),
    arrived: [message],
  });
  expect(verdict.findings.map(({ kind, memo }) => [kind, memo])).toEqual([['another end', `${memo}-2`]]);
});
