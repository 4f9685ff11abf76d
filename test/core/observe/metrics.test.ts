import { describe, expect, test } from 'vitest';
import { type ConsumerOptions, sqsConsumer } from '../../../functions/adapters/consumer.sqs.ts';
import { AftercallError } from '../../../functions/core/model/errors.ts';
import { memoMessageSchema } from '../../../functions/core/model/messages.ts';
import { timing } from '../../../functions/core/model/timing.ts';
import {
  countedIn,
  type Level,
  METRICS,
  type MetricName,
  type MetricRow,
} from '../../../functions/core/observe/metrics.ts';
import { withOutcomeLogging } from '../../../functions/core/observe/with-outcome-logging.ts';
import { eraseAtLinq } from '../../../functions/core/operate/delete-at-linq.ts';
import { applyLinqEvent } from '../../../functions/core/policy/apply-linq-event.ts';
import { followSenderRules } from '../../../functions/core/receive/follow-sender-rules.ts';
import { handleDeadLetter } from '../../../functions/core/tend/handle-dead-letter.ts';
import { sweepOverdue } from '../../../functions/core/tend/sweep-overdue.ts';
import { hooksApp } from '../../../functions/http/hooks.ts';
import { acceptStep, announces } from '../../fakes/accept-step.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aMessage, anUnrouted, aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { type LogEntry, memoryLog } from '../../fakes/log.memory.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { memorySecrets } from '../../fakes/secrets.memory.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';
import { asksWhoCalled, scriptedSource } from '../../fakes/source.scripted.ts';
import { storeStep } from '../../fakes/store-step.ts';
import { testApi } from '../../http/api.ts';
import { failureData, linqEvent, MESSAGE, messageData, signed } from '../../http/linq-events.ts';

const namesIn = (entries: readonly LogEntry[]): MetricName[] =>
  entries.flatMap(({ level, facts }) => countedIn(level, facts).map(({ name }) => name)).sort();

/** What one webhook to the source `acme` counts, through the app that answers the webhook. */
const webhookCounts = async (source: Parameters<typeof acceptStep>[0], { signature = 'right', path = 'acme' } = {}) => {
  const { accept, log } = acceptStep(source);
  const app = hooksApp({ accept, publicUrl: 'https://bridge.example', log });
  await app.request(`/hooks/${path}`, { method: 'POST', headers: { 'x-signature': signature }, body: '{}' });
  return namesIn(log.entries);
};

const sendCounts = async (...answers: NonNullable<Parameters<typeof sendStep>[0]>['answers'] & object) => {
  const { deliver, log } = await sendStep({ answers });
  await deliver();
  return namesIn(log.entries);
};
const consumerCounts = async ({
  step = async () => ({ kind: 'done', outcome: 'done' }),
  setVisibility = async () => ({}),
  body,
}: Partial<Pick<ConsumerOptions<unknown>, 'step'>> & { setVisibility?: () => Promise<unknown>; body?: string }) => {
  const log = memoryLog();
  const record = aRecord();
  const consumer = sqsConsumer({
    client: { send: setVisibility } as never, // the part of SQS's client that a lease uses
    urls: ['https://queue.example/memos.fifo'],
    schema: memoMessageSchema,
    step,
    keepUnreadable: () => Promise.reject(new Error('each message can be read')),
    name: 'send',
    timing: timing(),
    random: () => 1,
    log,
  });
  await consumer({ Records: [{ ...record, body: body ?? record.body }] });
  return namesIn(log.entries);
};
const storeCounts = async (script: Parameters<typeof storeStep>[0], message = aMessage()) => {
  const { keepRunning, log } = storeStep(script);
  await keepRunning(message);
  return namesIn(log.entries);
};
const linqCounts = async (...events: unknown[]) => {
  const ledger = memoryLedger({ clock: manualClock() });
  await ledger.open({ id: 'm', state: 'sending', recording: aRecording(), target: { chat: CHAT } });
  await ledger.move('m', { from: 'sending', to: 'sent', set: { linq: { messageId: MESSAGE } } });
  await ledger.addReceipt({ messageId: MESSAGE, memo: 'm' });
  const { app, lines } = testApi({ ledger });
  for (const event of events) await app.request('/linq', signed(event));
  return namesIn(lines.map((line) => ({ ...JSON.parse(line), facts: JSON.parse(line) })));
};

/** Every moment that must be counted: how the real step reaches the moment, and the metrics that it counts. */
const MOMENTS: Record<string, [run: () => Promise<MetricName[]>, counts: MetricName[]]> = {
  'an accepted webhook': [
    () => webhookCounts(scriptedSource(announces(aRecording({ chat: CHAT })))),
    ['EventsAccepted', 'EventsTaken'],
  ],
  'a webhook whose parties are asked for': [
    async () => {
      const source = scriptedSource(announces(aRecording()), { lookUpParties: asksWhoCalled('https://api.example') });
      const { accept, log } = acceptStep(source, [{ when: { to: '+12025550199' }, send: { chat: CHAT } }]);
      const app = hooksApp({ accept, publicUrl: 'https://bridge.example', log });
      await app.request('/hooks/acme', { method: 'POST', headers: { 'x-signature': 'right' }, body: '{}' });
      return namesIn(log.entries);
    },
    ['EventsAccepted', 'EventsTaken'],
  ],
  'an ignored webhook': [
    () => webhookCounts(scriptedSource({ kind: 'ignored', reason: 'a ring' })),
    ['EventsIgnored', 'EventsTaken'],
  ],
  'a refused signature': [
    () => webhookCounts(scriptedSource({ kind: 'ignored', reason: '' }), { signature: 'wrong' }),
    ['EventsRefused'],
  ],
  'a webhook to a source that is off': [
    () => webhookCounts(scriptedSource({ kind: 'ignored', reason: '' }), { path: 'off' }),
    ['EventsRefused'],
  ],
  'an unreadable webhook': [
    () => webhookCounts(scriptedSource({ kind: 'unreadable', reason: 'no id' })),
    ['EventsUnreadable'],
  ],
  'a stored recording': [() => storeCounts({}), ['MsToFit']],
  'an unrouted recording': [() => storeCounts({}, anUnrouted()), ['MemosUnrouted', 'MsToFit']],
  'a call that is too short for its route': [
    () =>
      storeCounts(
        { fitted: { kind: 'as-it-is', extension: 'mp3', type: 'audio/mpeg', seconds: 3 } },
        aMessage({ target: { chat: CHAT, minSeconds: 10 } }),
      ),
    ['MemosSkipped', 'MsToFit'],
  ],
  'a rejected recording': [() => storeCounts({ fitted: { kind: 'unfit', reason: 'not audio' } }), ['MemosRejected']],
  'a memo that Linq takes': [() => sendCounts(DONE), ['LinqTook', 'MemosSent', 'MsOfLinq', 'MsToSent']],
  'a memo that Linq refuses': [
    () => sendCounts({ kind: 'refused', to: 'failed', reason: 'too large' }),
    ['LinqRefused', 'MemosFailed', 'MsOfLinq'],
  ],
  'a recipient who has opted out': [
    () => sendCounts({ kind: 'refused', to: 'skipped', reason: 'opted out' }),
    ['LinqRefused', 'MemosSkipped', 'MsOfLinq'],
  ],
  'a Linq that asks to wait': [
    () => sendCounts({ kind: 'not-now', waitsFor: 'linq', reason: 'slow down' }),
    ['LinqNotNow', 'MsOfLinq'],
  ],
  'a Linq that refuses our key': [
    () => sendCounts({ kind: 'our-fault', reason: 'no key' }),
    ['LinqOurFault', 'LinqRefusesUs', 'MsOfLinq'],
  ],
  'a Linq that cannot fetch': [
    () => sendCounts({ kind: 'cannot-fetch', reason: 'no URL' }),
    ['LinqCannotFetch', 'MsOfLinq'],
  ],
  'a Linq that does not say': [() => sendCounts({ kind: 'unknown', reason: 'timed out' }), ['LinqUnknown', 'MsOfLinq']],
  'a memo that nobody can tell of': [
    async () => {
      const unknown = { kind: 'unknown', reason: 'timed out' } as const;
      const { keepDelivering, log } = await sendStep({ answers: [unknown, unknown] });
      await keepDelivering();
      return namesIn(log.entries);
    },
    ['LinqUnknown', 'LinqUnknown', 'MemosParked', 'MsOfLinq', 'MsOfLinq'],
  ],
  'an erasure that Linq refuses for our key': [
    async () => {
      const log = memoryLog();
      const refused = async () => ({ kind: 'our-fault', reason: 'no key' }) as const;
      const list = async () => ({ kind: 'no-list', reason: 'no key', ours: true }) as const;
      const messenger = { deleteAttachment: refused, filesOf: refused, listSent: list };
      const erase = eraseAtLinq({ messenger, clock: manualClock(), timing: timing(), random: () => 1, log });
      await erase({ v: 1, erase: { memo: 'm', attachments: ['a'] } }, 1);
      return namesIn(log.entries);
    },
    ['LinqRefusesUs'],
  ],
  'a webhook that the bridge cannot take, of a source with its own status for that': [
    async () => {
      const log = memoryLog();
      const sources = { acme: { ...scriptedSource(announces()), statuses: { unavailable: 429 } } };
      const failing = () => Promise.reject(new Error('SQS is away'));
      const following = followSenderRules({
        sources,
        accept: failing,
        secrets: memorySecrets({}),
        clock: manualClock(),
      });
      const app = hooksApp({ accept: following, publicUrl: 'https://bridge.example', log });
      expect((await app.request('/hooks/acme', { method: 'POST', body: '{}' })).status).toBe(429);
      return namesIn(log.entries);
    },
    ['EventsNotTaken'],
  ],
  'a step that throws': [() => consumerCounts({ step: () => Promise.reject(new Error('broken')) }), ['StepsFailed']],
  'a row of a later version': [
    () => consumerCounts({ step: () => Promise.reject(new AftercallError('later_version', 'a later row')) }),
    ['LaterVersions'],
  ],
  'a message of a later version': [() => consumerCounts({ body: '{"v":2}' }), ['LaterVersions']],
  'a lease that cannot be set': [
    () => consumerCounts({ setVisibility: () => Promise.reject(new Error('AccessDenied')) }),
    ['LeasesFailed'],
  ],
  'a memo that is delivered, then read': [
    () =>
      linqCounts(
        linqEvent('message.delivered', messageData(undefined)),
        linqEvent('message.read', messageData(undefined)),
      ),
    ['MemosDelivered', 'MemosRead'],
  ],
  'a delivery that failed': [() => linqCounts(linqEvent('message.failed', failureData())), ['DeliveriesFailed']],
  'an event of Linq’s that nobody can read': [() => linqCounts('{'), ['LinqEventsUnreadable']],
  'an event of Linq’s with another signature': [
    async () => {
      const { app, lines } = testApi({});
      const event = linqEvent('message.sent', messageData('memo.mp3'));
      const { headers, ...request } = signed(event);
      await app.request('/linq', { ...request, headers: { ...headers, 'webhook-signature': 'v1,AAAA' } });
      return namesIn(lines.map((line) => ({ ...JSON.parse(line), facts: JSON.parse(line) })));
    },
    ['LinqEventsRefused'],
  ],
  'a flagged line': [
    async () => {
      const log = memoryLog();
      const clock = manualClock();
      await applyLinqEvent({ keyValues: memoryKeyValueStore({ clock }), clock, log })({
        kind: 'line',
        at: clock.iso(),
        line: '+12052535597',
        status: 'FLAGGED',
      });
      return namesIn(log.entries);
    },
    ['LinesFlagged'],
  ],
  'a token of the account that ends': [
    async () => {
      const log = memoryLog();
      const clock = manualClock();
      const notice = { kind: 'token-gone', token: 't1', how: 'expired' } as const;
      await applyLinqEvent({ keyValues: memoryKeyValueStore({ clock }), clock, log })(notice);
      return namesIn(log.entries);
    },
    ['LinqAccountChanges'],
  ],
  'a dead letter': [
    async () => {
      const clock = manualClock();
      const log = memoryLog();
      const ledger = withOutcomeLogging(memoryLedger({ clock }), { step: 'tend', clock, log });
      const queues = { recordings: memoryRecordingsQueue(), memos: memoryMemosQueue({ clock }) };
      const ports = { ledger, keyValues: memoryKeyValueStore({ clock }), ...queues, log };
      await handleDeadLetter(ports)(aMessage());
      return namesIn(log.entries);
    },
    ['MemosFailed'],
  ],
  'an erasure at Linq that was given up': [
    async () => {
      const clock = manualClock();
      const log = memoryLog();
      const ports = {
        ledger: memoryLedger({ clock }),
        keyValues: memoryKeyValueStore({ clock }),
        recordings: memoryRecordingsQueue(),
        memos: memoryMemosQueue({ clock }),
        log,
      };
      await handleDeadLetter(ports)({ v: 1, erase: { memo: 'm', attachments: ['a'] } });
      return namesIn(log.entries);
    },
    ['CopiesLeftAtLinq'],
  ],
  'a sweep': [
    async () => {
      const clock = manualClock();
      const log = memoryLog();
      const queues = { recordings: memoryRecordingsQueue(), memos: memoryMemosQueue({ clock }) };
      await sweepOverdue({
        ledger: memoryLedger({ clock }),
        ...queues,
        keyValues: memoryKeyValueStore({ clock }),
        clock,
        timing: timing(),
        untilListed: async () => {},
        detailsMs: 1,
        log,
      })();
      return namesIn(log.entries);
    },
    ['Sweeps'],
  ],
};

test.each(Object.entries(MOMENTS))('%s counts what it is, and no more', async (_, [run, counts]) => {
  expect(await run()).toEqual(counts);
});

test('each metric has such a moment', () => {
  const counted = Object.values(MOMENTS).flatMap(([, counts]) => counts);
  expect(Object.keys(METRICS).filter((name) => !counted.includes(name as MetricName))).toEqual([]);
});

describe('the table', () => {
  // Widened, because this test accepts any row.
  const rows: readonly (readonly [string, MetricRow])[] = Object.entries(METRICS);

  test.each(rows)('%s is told apart by its stage, and by nothing that a caller chooses', (_, { dimensions }) => {
    expect(dimensions[0]).toBe('stage');
    expect(dimensions.filter((name) => !['stage', 'service', 'source'].includes(name))).toEqual([]);
  });

  test('counts milliseconds only where a line has them', () => {
    const line = { step: 'send', outcome: 'sent' };
    expect(countedIn('info', line).map(({ name }) => name)).toEqual(['MemosSent']);
    expect(countedIn('info', { ...line, ms: 5300 })).toMatchObject([
      { name: 'MemosSent', value: 1 },
      { name: 'MsToSent', value: 5300 },
    ]);
  });

  test.each(['info', 'warn', 'error'] as Level[])('counts nothing in a line of %s that it does not know', (level) => {
    expect(countedIn(level, {})).toEqual([]);
    expect(countedIn(level, { step: 'send', outcome: 'constructor', ms: 1 })).toEqual([]);
  });
});

function aRecord() {
  return {
    messageId: 'message',
    receiptHandle: 'handle',
    body: JSON.stringify({ v: 1, memo: 'm', generation: 0 }),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:memos.fifo',
    awsRegion: 'us-east-1',
  };
}
