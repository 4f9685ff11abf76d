import { expect, test } from 'vitest';
import { deadLetterSchema, readMessage, storeMessageSchema } from '../../../functions/core/model/messages.ts';
import type { WebhookTrace } from '../../../functions/core/model/traces.ts';
import { sourcesSeen } from '../../../functions/core/observe/sources-seen.ts';
import { recordTrace } from '../../../functions/core/store/record-trace.ts';
import { handleDeadLetter } from '../../../functions/core/tend/handle-dead-letter.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { signedSources } from '../../http/receiving.ts';

const prepare = () => {
  const clock = manualClock('2026-03-04T12:00:00.000Z');
  const keyValues = memoryKeyValueStore({ clock });
  const ledger = memoryLedger({ clock });
  const record = recordTrace(keyValues);
  let traces = 0;
  const trace = (over: Partial<WebhookTrace['trace']> = {}): WebhookTrace => ({
    v: 2,
    trace: {
      id: `t${++traces}`,
      source: 'twilio',
      outcome: 'refused',
      count: 1,
      at: new Date(clock.nowMs()).toISOString(),
      reason: 'x-twilio-signature does not match',
      ...over,
    },
  });
  const read = sourcesSeen({ ledger, keyValues, sources: ['twilio'], configured: signedSources(), clock });
  const seen = async () => (await read())[0];
  return { clock, keyValues, ledger, record, trace, seen };
};

test('the traces of a day add up, with the time of the first and the reason of the last', async () => {
  const { clock, record, trace, seen } = prepare();
  await record(trace({ count: 13 }));
  clock.advance(60_000);
  await record(trace({ reason: 'x-twilio-signature is needed' }));
  await record(trace({ outcome: 'ignored', reason: 'call.started' }));
  expect(await seen()).toMatchObject({
    refused: {
      today: 14,
      since: '2026-03-04T12:00:00.000Z',
      lastAt: '2026-03-04T12:01:00.000Z',
      says: 'the webhook has no signature',
    },
    ignored: { today: 1, reason: 'call.started' },
  });
});

test('a trace that comes twice counts once', async () => {
  const { record, trace, seen } = prepare();
  const once = trace({ count: 3 });
  for (let times = 0; times < 3; times += 1) expect(await record(once)).toMatchObject({ kind: 'done' });
  expect((await seen())?.refused?.today).toBe(3);
});

test('a new day begins at nothing and remembers the last reason; a trace of the day before comes too late', async () => {
  const { clock, record, trace, seen } = prepare();
  const old = trace();
  await record(trace({ count: 5 }));
  clock.advance(86_400_000);
  expect((await seen())?.refused).toMatchObject({ today: 0, lastAt: '2026-03-04T12:00:00.000Z' });
  expect((await seen())?.refused).not.toHaveProperty('since');
  await record(trace());
  await record(old);
  expect((await seen())?.refused).toMatchObject({ today: 1, since: '2026-03-05T12:00:00.000Z' });
});

test('of a month ago nothing is known', async () => {
  const { clock, record, trace, seen } = prepare();
  await record(trace());
  clock.advance(31 * 86_400_000);
  expect(await seen()).toEqual({ name: 'twilio' });
});

test('an older store leaves a trace in the queue, and this store reads it', () => {
  const body = JSON.stringify(prepare().trace());
  expect(readMessage(storeMessageSchema, body).kind).toBe('known');
  expect(readMessage(deadLetterSchema, body).kind).toBe('later-version');
});

test('a dead letter that is a trace is dropped, and makes no row', async () => {
  const { clock, keyValues, ledger, trace } = prepare();
  const [recordings, memos, log] = [memoryRecordingsQueue(), memoryMemosQueue({ clock }), memoryLog()];
  const tend = handleDeadLetter({ ledger, keyValues, recordings, memos, log });
  expect(await tend(trace())).toMatchObject({ kind: 'done' });
  expect((await ledger.list({}, 10)).memos).toEqual([]);
});

test("today's memos of a source are counted where somebody asks, and yesterday's are not", async () => {
  const { clock, keyValues, ledger } = prepare();
  const read = sourcesSeen({ ledger, keyValues, sources: ['twilio'], configured: signedSources(), clock });
  const open = (id: string) =>
    ledger.open({ id, state: 'received', recording: { source: 'twilio', id, media: { kind: 'ask' } } });
  await open('m_1');
  clock.advance(86_400_000);
  expect(await read(['twilio'])).toMatchObject([{ lastAcceptedAt: '2026-03-04T12:00:00.000Z', acceptedToday: 0 }]);
  for (const id of ['m_2', 'm_3']) await open(id);
  expect(await read(['twilio'])).toMatchObject([{ acceptedToday: 2 }]);
  expect((await read())[0]).not.toHaveProperty('acceptedToday');
});
