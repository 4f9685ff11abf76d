import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Expectation } from '../../../local/chaos/expectation.ts';
import type { Arrived } from '../../../local/chaos/linq-chats.ts';
import type { Row, Sent } from '../../../local/chaos/verdict.ts';
import { verify } from '../../../local/chaos/verify.ts';

const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const OTHER_CHAT = '550e8400-e29b-41d4-a716-446655440001';
const MEMO = 'm_aaaaaaaaaaaaaaaaaaaaaaaaaa';
const OTHER_MEMO = 'm_bbbbbbbbbbbbbbbbbbbbbbbbbb';

const call: Sent = { call: '1', chat: CHAT, digest: 'its sound', acknowledged: true, memos: [MEMO] };
const unacknowledged: Sent = { ...call, acknowledged: false, memos: [] };
const message: Arrived = { chat: CHAT, memo: MEMO, digest: 'its sound', createdMs: 1000, place: 0 };
const row = (state: Row['state'], reason?: string): Row => ({ id: MEMO, state, reason, history: [] });

const verdict = (facts: { sent?: Sent[]; row?: Row; arrived?: Arrived[]; optedOutThenAsked?: string[] }) =>
  verify({
    sent: facts.sent ?? [call],
    rows: new Map(facts.row ? [[MEMO, facts.row]] : []),
    arrived: facts.arrived ?? [],
    optedOutThenAsked: facts.optedOutThenAsked ?? [],
  });
const kinds = (facts: Parameters<typeof verdict>[0]) => verdict(facts).findings.map(({ kind }) => kind);

describe('what is as it should be', () => {
  test('a memo that is sent and in its chat once, with its own bytes', () => {
    const { delivered, acknowledged, calls, findings } = verdict({ row: row('sent'), arrived: [message] });
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
      const { delivered, ended, findings } = verdict({ row: row(state, 'a reason') });
      expect({ delivered, ended, findings }).toEqual({
        delivered: 0,
        ended: [{ state, reason: 'a reason', count: 1 }],
        findings: [],
      });
    },
  );

  test('a memo that is parked may be in the chat once: nobody could tell', () => {
    expect(kinds({ row: row('parked', 'the memo may have been sent'), arrived: [message] })).toEqual([]);
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
  test.each<[string, string, Parameters<typeof verdict>[0]]>([
    ['lost', 'there is no row', {}],
    ['lost', 'it never comes to an end', { row: row('stored') }],
    ['lost', 'it was acknowledged without a memo', { sent: [{ ...call, memos: [] }] }],
    ['doubled', 'two messages of one memo', { row: row('sent'), arrived: [message, message] }],
    ['doubled', 'two messages of a parked memo', { row: row('parked', 'reason'), arrived: [message, message] }],
    ['doubled', 'two messages of a call never acknowledged', { sent: [unacknowledged], arrived: [message, message] }],
    [
      'doubled',
      'one recording as two memos',
      { row: row('sent'), arrived: [message, { ...message, memo: OTHER_MEMO }] },
    ],
    ['silent', 'it ended without a reason', { row: row('failed') }],
    ['false', 'sent, and not in the chat', { row: row('sent') }],
    ['false', 'rejected, and in the chat', { row: row('rejected', 'reason'), arrived: [message] }],
    ['false', 'failed, and in the chat', { row: row('failed', 'reason'), arrived: [message] }],
    ['false', 'skipped, and in the chat', { row: row('skipped', 'reason'), arrived: [message] }],
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
    expect(verdict({ row: told }).findings).toEqual([expect.objectContaining({ memo: MEMO, row: told })]);
  });
});

test('memos that ended alike are one line, the most frequent first', () => {
  const memos = ['m_1', 'm_2', 'm_3'];
  const rows = new Map<string, Row>([
    ['m_1', { id: 'm_1', state: 'parked', reason: 'who knows', history: [] }],
    ['m_2', { id: 'm_2', state: 'rejected', reason: 'gone', history: [] }],
    ['m_3', { id: 'm_3', state: 'rejected', reason: 'gone', history: [] }],
  ]);
  const { ended } = verify({ sent: [{ ...call, memos }], rows, arrived: [] });
  expect(ended).toEqual([
    { state: 'rejected', reason: 'gone', count: 2 },
    { state: 'parked', reason: 'who knows', count: 1 },
  ]);
});

const DELIVERED: Expectation = { kind: 'delivered' };

describe('what the plan says is compared with what came', () => {
  const gone: Expectation = { kind: 'ends', states: ['rejected'], reason: /^gone/ };
  const planned = (expects: Expectation, more: Partial<Sent> = {}) => ({ sent: [{ ...call, expects, ...more }] });

  test.each<[string, string, Parameters<typeof verdict>[0]]>([
    ['another end', 'planned delivered, rejected', { ...planned(DELIVERED), row: row('rejected', 'gone: 410') }],
    ['another end', 'planned delivered, parked', { ...planned(DELIVERED), row: row('parked', 'who knows') }],
    ['another end', 'planned rejected, delivered', { ...planned(gone), row: row('sent'), arrived: [message] }],
    ['another end', 'planned rejected, another reason', { ...planned(gone), row: row('rejected', 'too long') }],
    ['another end', 'planned rejected, failed', { ...planned(gone), row: row('failed', 'gone') }],
    ['another end', 'planned erased, and the row is there', { ...planned({ kind: 'erased' }), row: row('stored') }],
    [
      'another end',
      'planned rejected before its replay, and never was',
      {
        ...planned({ ...DELIVERED, first: { states: ['rejected'], reason: /./ } }),
        row: row('sent'),
        arrived: [message],
      },
    ],
    [
      'after erasure',
      'sent after the bridge said that it is erased',
      { ...planned({ kind: 'erased' }, { erasedMs: 999 }), arrived: [message] },
    ],
    [
      'too early',
      'in quiet hours',
      { ...planned({ ...DELIVERED, notBeforeMs: 1001 }), row: row('sent'), arrived: [message] },
    ],
    [
      'doubled',
      'three messages where two are allowed',
      { ...planned({ ...DELIVERED, mayBeTwo: true }), row: row('sent'), arrived: [message, message, message] },
    ],
    [
      'lost',
      'a second part that never came',
      { ...planned({ ...DELIVERED, parts: 2 }), row: row('sent'), arrived: [message] },
    ],
  ])('%s: %s', (kind, _what, facts) => {
    expect(kinds(facts)).toEqual([kind]);
  });

  test.each<[string, Parameters<typeof verdict>[0]]>([
    ['rejected for the planned reason', { ...planned(gone), row: row('rejected', 'gone: 410') }],
    ['erased, and not in the chat', planned({ kind: 'erased' }, { erasedMs: 999 })],
    ['erased after it was sent', { ...planned({ kind: 'erased' }, { erasedMs: 1001 }), arrived: [message] }],
    ['after quiet hours', { ...planned({ ...DELIVERED, notBeforeMs: 1000 }), row: row('sent'), arrived: [message] }],
    [
      'rejected first, and delivered by the replay',
      {
        ...planned(
          { ...DELIVERED, first: { states: ['rejected'], reason: /^gone/ } },
          { before: row('rejected', 'gone: 410') },
        ),
        row: row('sent'),
        arrived: [message],
      },
    ],
  ])('and is as it should be: %s', (_what, facts) => {
    expect(kinds(facts)).toEqual([]);
  });

  test('two messages where the plan allows two are counted apart', () => {
    const { findings, allowedTwice } = verdict({
      ...planned({ ...DELIVERED, mayBeTwo: true }),
      row: row('sent'),
      arrived: [message, message],
    });
    expect({ findings, allowedTwice }).toEqual({ findings: [], allowedTwice: 1 });
  });
});

describe('the order in a chat', () => {
  const first: Sent = { ...call, expects: DELIVERED, firstSentMs: 10, acknowledgedMs: 20 };
  const second: Sent = {
    ...{ ...first, call: '2', digest: 'another', memos: [OTHER_MEMO] },
    ...{ firstSentMs: 30, acknowledgedMs: 40 },
  };
  const other: Arrived = { ...message, memo: OTHER_MEMO, digest: 'another' };
  const kindsOf = (sent: Sent[], arrived: Arrived[]) =>
    verify({
      sent,
      rows: new Map(arrived.map(({ memo }) => [memo, { ...row('sent'), id: memo }])),
      arrived,
    }).findings.map(({ kind }) => kind);

  test('is that of the acknowledgements', () => {
    expect(kindsOf([first, second], [message, { ...other, place: 1 }])).toEqual([]);
    expect(kindsOf([first, second], [{ ...message, place: 1 }, other])).toEqual(['out of order']);
  });

  test('is open where the second request began before the first was answered', () => {
    expect(kindsOf([first, { ...second, firstSentMs: 19 }], [{ ...message, place: 1 }, other])).toEqual([]);
  });

  test('is open once the earlier call has taken longer than the stated wait, and that is counted', () => {
    const arrived = [{ ...message, place: 1 }, other];
    const rows = new Map(arrived.map(({ memo }) => [memo, { ...row('sent'), id: memo }]));
    const judged = (orderWaitMs: number) => verify({ sent: [first, second], rows, arrived, orderWaitMs });
    expect([judged(979).late, judged(979).findings]).toEqual([1, []]);
    expect([judged(980).late, judged(980).findings.map(({ kind }) => kind)]).toEqual([0, ['out of order']]);
  });

  test('is open for a replay', () => {
    const replayed: Sent = {
      ...first,
      expects: { ...DELIVERED, first: { states: ['rejected'], reason: /./ } },
      before: row('rejected', 'gone'),
    };
    expect(kindsOf([replayed, second], [{ ...message, place: 1 }, other])).toEqual([]);
  });

  test('holds for the parts of a long call', () => {
    const { digest: _digest, ...long } = { ...first, expects: { ...DELIVERED, parts: 2 } as const };
    const later: Arrived = { ...message, memo: `${MEMO}-2`, digest: 'of part 2' };
    expect(kindsOf([long], [message, { ...later, place: 1 }])).toEqual([]);
    expect(kindsOf([long], [{ ...message, place: 1 }, later])).toEqual(['out of order']);
  });
});

test('the judge uses nothing of the bridge: neither its code nor its packages', () => {
  for (const file of [
    'verify',
    'verify-order',
    'verify-parked',
    'verdict',
    'expectation',
    'chat-kinds',
    'linq-faults',
    'media-faults',
    'linq-chats',
  ]) {
    const source = readFileSync(new URL(`../../../local/chaos/${file}.ts`, import.meta.url), 'utf8');
    expect(source).not.toContain('/functions/');
  }
});
