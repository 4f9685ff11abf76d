import { describe, expect, test } from 'vitest';
import { type Row, type Sent, takeAccount } from '../../../local/chaos/account.ts';
import type { Arrived } from '../../../local/chaos/linq-chats.ts';

const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const OTHER_CHAT = '550e8400-e29b-41d4-a716-446655440001';
const MEMO = 'm_aaaaaaaaaaaaaaaaaaaaaaaaaa';
const OTHER_MEMO = 'm_bbbbbbbbbbbbbbbbbbbbbbbbbb';

const call: Sent = { call: '1', chat: CHAT, digest: 'its sound', acknowledged: true, memos: [MEMO] };
const unacknowledged: Sent = { ...call, acknowledged: false, memos: [] };
const message: Arrived = { chat: CHAT, memo: MEMO, digest: 'its sound' };
const row = (state: Row['state'], reason?: string): Row => ({ id: MEMO, state, reason, history: [] });

const account = (facts: { sent?: Sent[]; row?: Row; arrived?: Arrived[]; optedOutThenAsked?: string[] }) =>
  takeAccount({
    sent: facts.sent ?? [call],
    rows: new Map(facts.row ? [[MEMO, facts.row]] : []),
    arrived: facts.arrived ?? [],
    optedOutThenAsked: facts.optedOutThenAsked ?? [],
  });
const kinds = (facts: Parameters<typeof account>[0]) => account(facts).findings.map(({ kind }) => kind);

describe('what is as it should be', () => {
  test('a memo that is sent and in its chat once, with its own bytes', () => {
    const { delivered, acknowledged, calls, findings } = account({ row: row('sent'), arrived: [message] });
    expect({ delivered, acknowledged, calls, findings }).toEqual({
      delivered: 1,
      acknowledged: 1,
      calls: 1,
      findings: [],
    });
  });

  test.each(['rejected', 'failed', 'skipped', 'parked', 'unrouted'] as const)(
    'a memo that is %s and says why',
    (state) => {
      const { delivered, ended, findings } = account({ row: row(state, 'a reason') });
      expect({ delivered, ended, findings }).toEqual({
        delivered: 0,
        ended: [{ state, reason: 'a reason', count: 1 }],
        findings: [],
      });
    },
  );

  test('a memo that is parked may be in the chat once: nobody could tell', () => {
    expect(kinds({ row: row('parked', 'it may have been sent'), arrived: [message] })).toEqual([]);
  });

  test('a call that was never acknowledged is owed nothing, and may come once', () => {
    expect(kinds({ sent: [unacknowledged] })).toEqual([]);
    expect(kinds({ sent: [unacknowledged], arrived: [message] })).toEqual([]);
  });

  test('bytes are not compared where the configuration changes them', () => {
    const { digest: _digest, ...changed } = call;
    expect(kinds({ sent: [changed], row: row('sent'), arrived: [message] })).toEqual([]);
  });
});

describe('each kind of broken promise is found', () => {
  test.each<[string, string, Parameters<typeof account>[0]]>([
    ['lost', 'there is no row', {}],
    ['lost', 'it never comes to an end', { row: row('stored') }],
    ['lost', 'it was acknowledged without a memo', { sent: [{ ...call, memos: [] }] }],
    ['doubled', 'two messages of one memo', { row: row('sent'), arrived: [message, message] }],
    ['doubled', 'two messages of a parked memo', { row: row('parked', 'why'), arrived: [message, message] }],
    ['doubled', 'two messages of a call never acknowledged', { sent: [unacknowledged], arrived: [message, message] }],
    [
      'doubled',
      'one recording as two memos',
      { row: row('sent'), arrived: [message, { ...message, memo: OTHER_MEMO }] },
    ],
    ['silent', 'it ended without a reason', { row: row('failed') }],
    ['false', 'sent, and not in the chat', { row: row('sent') }],
    ['false', 'rejected, and in the chat', { row: row('rejected', 'why'), arrived: [message] }],
    ['false', 'failed, and in the chat', { row: row('failed', 'why'), arrived: [message] }],
    ['false', 'skipped, and in the chat', { row: row('skipped', 'why'), arrived: [message] }],
    ['wrong bytes', 'another sound', { row: row('sent'), arrived: [{ ...message, digest: 'another' }] }],
    ['wrong bytes', 'another chat', { row: row('sent'), arrived: [{ ...message, chat: OTHER_CHAT }] }],
    ['wrong bytes', 'a sound of no call', { sent: [unacknowledged], arrived: [{ ...message, digest: 'another' }] }],
    [
      'asked again',
      'after the recipient had opted out',
      { row: row('skipped', 'opted out'), optedOutThenAsked: [MEMO] },
    ],
  ])('%s: %s', (kind, _what, facts) => {
    expect(kinds(facts)).toEqual([kind]);
  });

  test('a finding has the memo and the history of its row', () => {
    const told = { ...row('stored'), history: [{ at: '2026-11-23T15:04:05.120Z', state: 'received' }] };
    expect(account({ row: told }).findings).toEqual([expect.objectContaining({ memo: MEMO, row: told })]);
  });
});

test('memos that ended alike are one line, the most frequent first', () => {
  const memos = ['m_1', 'm_2', 'm_3'];
  const rows = new Map<string, Row>([
    ['m_1', { id: 'm_1', state: 'parked', reason: 'who knows', history: [] }],
    ['m_2', { id: 'm_2', state: 'rejected', reason: 'gone', history: [] }],
    ['m_3', { id: 'm_3', state: 'rejected', reason: 'gone', history: [] }],
  ]);
  const { ended } = takeAccount({ sent: [{ ...call, memos }], rows, arrived: [] });
  expect(ended).toEqual([
    { state: 'rejected', reason: 'gone', count: 2 },
    { state: 'parked', reason: 'who knows', count: 1 },
  ]);
});
