import { describe, expect, test } from 'vitest';
import type { WebhookTrace } from '../../../functions/core/model/traces.ts';
import type { WebhookRequest } from '../../../functions/core/ports/source.ts';
import type { Acceptance } from '../../../functions/core/receive/accept-event.ts';
import { leaveTraces } from '../../../functions/core/receive/leave-traces.ts';
import { PROBE_HEADER, traceWebhooks } from '../../../functions/core/receive/trace-webhooks.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { signedSources } from '../../http/receiving.ts';

const REFUSED: Acceptance = { kind: 'refused', reason: 'x-twilio-signature does not match', statuses: undefined };
const request = (headers: Record<string, string> = {}): WebhookRequest => ({
  method: 'POST',
  url: 'https://hooks.example.com/hooks/twilio',
  headers,
  body: new Uint8Array(),
});

const prepare = (acceptance: Acceptance, send?: (trace: WebhookTrace) => Promise<void>) => {
  const clock = manualClock('2026-03-04T12:00:00.000Z');
  const sent: WebhookTrace['trace'][] = [];
  const log = memoryLog();
  const inspected: string[] = [];
  const trace = traceWebhooks({
    sources: signedSources(),
    accept: async () => acceptance,
    leaveTrace: leaveTraces({
      traces: { send: send ?? (async ({ trace: each }) => void sent.push(each)) },
      traceId: () => `trace-${sent.length}`,
      clock,
      pause: async () => {},
      log,
    }),
    inspect: async (_source, { url }) => {
      inspected.push(url);
      return 'masked';
    },
  });
  const post = (name = 'twilio', headers?: Record<string, string>) => trace(name, request(headers));
  return { clock, sent, inspected, log, post };
};

describe('a webhook leaves a trace', () => {
  test.each<[string, Acceptance, object]>([
    ['that is refused', REFUSED, { outcome: 'refused', reason: 'x-twilio-signature does not match' }],
    [
      'that cannot be read',
      { kind: 'unreadable', reason: 'data.id: is needed', statuses: undefined },
      { outcome: 'refused', reason: 'data.id: is needed' },
    ],
    ['that is too large', { kind: 'too-large', reason: 'too large' }, { outcome: 'refused', reason: 'too large' }],
    [
      'whose source is off',
      { kind: 'no-such-source' },
      { outcome: 'refused', reason: 'the source is off: a secret is absent' },
    ],
    [
      'that is ignored',
      { kind: 'ignored', reason: 'call.started', statuses: undefined },
      { outcome: 'ignored', reason: 'call.started' },
    ],
  ])('%s', async (_, acceptance, facts) => {
    const { sent, post } = prepare(acceptance);
    expect(await post()).toBe(acceptance);
    expect(sent).toEqual([
      { id: 'trace-0', source: 'twilio', count: 1, at: '2026-03-04T12:00:00.000Z', ...facts, payload: 'masked' },
    ]);
  });

  test.each<[string, Acceptance, string, Record<string, string>]>([
    ['that makes a memo: its row is its trace', { kind: 'accepted', memos: ['m'], statuses: undefined }, 'twilio', {}],
    ['whose source is asked first', { kind: 'pending', recordings: ['r'], statuses: undefined }, 'twilio', {}],
    ['of a name that a stranger made up', { kind: 'no-such-source' }, 'made-up', {}],
    ["of the doctor's, which is no webhook of the source", REFUSED, 'twilio', { [PROBE_HEADER]: 'doctor' }],
  ])('but none that is one %s', async (_, acceptance, name, headers) => {
    const { sent, post } = prepare(acceptance);
    expect(await post(name, headers)).toBe(acceptance);
    expect(sent).toEqual([]);
  });

  test('and a queue that fails, or never answers, changes no answer and loses no count', async () => {
    let fails = true;
    const sent: WebhookTrace['trace'][] = [];
    const { post, log } = prepare(REFUSED, async ({ trace }) => {
      if (fails) throw new Error('SQS is away');
      sent.push(trace);
    });
    for (let posted = 0; posted < 3; posted += 1) expect(await post()).toBe(REFUSED);
    await new Promise(setImmediate); // the rejections are handled
    expect(log.entries.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn']);
    fails = false;
    await post();
    expect(sent).toMatchObject([{ count: 4 }]);
    expect(await prepare(REFUSED, () => new Promise(() => {})).post()).toBe(REFUSED);
  });
});

describe('payloads, where they are kept,', () => {
  test('are read of the first webhook of a kind in a minute alone, however many a stranger posts', async () => {
    const { clock, sent, inspected, post } = prepare(REFUSED);
    for (let minute = 0; minute < 3; minute += 1) {
      for (let posted = 0; posted < 500; posted += 1) await post();
      clock.advance(60_000);
    }
    expect(inspected).toHaveLength(3);
    expect(sent.filter(({ payload }) => payload !== undefined)).toHaveLength(3);
  });

  test('are of no webhook that makes a memo: its own message carries the payload', async () => {
    const { inspected, post } = prepare({ kind: 'accepted', memos: ['m'], statuses: undefined });
    await post();
    expect(inspected).toEqual([]);
  });
});

describe('traces of a flood', () => {
  const counted = (sent: readonly WebhookTrace['trace'][]) => sent.reduce((sum, { count }) => sum + count, 0);

  test('are one for each of the first ten webhooks of a minute, then one for each doubling', async () => {
    const { sent, post } = prepare(REFUSED);
    for (let posted = 0; posted < 10; posted += 1) await post();
    expect(sent).toHaveLength(10);
    for (let posted = 10; posted < 10_000; posted += 1) await post();
    expect(sent).toHaveLength(19); // 20, 40, 80 … 5120
    expect(counted(sent)).toBe(5120);
  });

  test('count what is left when the next webhook comes, so that a slow sender is counted exactly', async () => {
    const { clock, sent, post } = prepare(REFUSED);
    for (let posted = 0; posted < 14; posted += 1) await post();
    expect(counted(sent)).toBe(10);
    clock.advance(60_000);
    await post();
    expect(counted(sent)).toBe(15);
  });

  test('are at most sixty a minute for all sources together', async () => {
    const { clock, sent, post } = prepare(REFUSED);
    const flood = async () => {
      for (let posted = 0; posted < 5000; posted += 1) {
        await post('twilio');
        await post('standard-webhooks');
      }
    };
    for (let minute = 0; minute < 3; minute += 1) {
      await flood();
      expect(sent.length).toBeLessThanOrEqual(60 * (minute + 1));
      clock.advance(60_000);
    }
  });
});
