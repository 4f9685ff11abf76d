import { type ConsumerOptions, sqsConsumer } from '../../../functions/adapters/consumer.sqs.ts';
import { memoMessageSchema } from '../../../functions/core/model/messages.ts';
import { timing } from '../../../functions/core/model/timing.ts';
import { countedIn, type MetricName } from '../../../functions/core/observe/metrics.ts';
import { hooksApp } from '../../../functions/http/hooks.ts';
import { acceptStep } from '../../fakes/accept-step.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aMessage, aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { type LogEntry, memoryLog } from '../../fakes/log.memory.ts';
import { sendStep } from '../../fakes/send-step.ts';
import { storeStep } from '../../fakes/store-step.ts';
import { testApi } from '../../http/api.ts';
import { MESSAGE, signed } from '../../http/linq-events.ts';

/** By the name of a moment: how to reach it, and what it counts. */
export type Moments = Readonly<Record<string, [run: () => Promise<MetricName[]>, counts: MetricName[]]>>;

export const namesIn = (entries: readonly LogEntry[]): MetricName[] =>
  entries.flatMap(({ level, facts }) => countedIn(level, facts).map(({ name }) => name)).sort();

/** What one webhook to the source `acme` counts, through the app that answers the webhook. */
export const webhookCounts = async (
  source: Parameters<typeof acceptStep>[0],
  { signature = 'right', path = 'acme' } = {},
) => {
  const { accept, log } = acceptStep(source);
  const app = hooksApp({ accept, publicUrl: 'https://bridge.example', log });
  await app.request(`/hooks/${path}`, { method: 'POST', headers: { 'x-signature': signature }, body: '{}' });
  return namesIn(log.entries);
};

export const sendCounts = async (...answers: NonNullable<Parameters<typeof sendStep>[0]>['answers'] & object) => {
  const { deliver, log } = await sendStep({ answers });
  await deliver();
  return namesIn(log.entries);
};

export const consumerCounts = async ({
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

export const storeCounts = async (script: Parameters<typeof storeStep>[0], message = aMessage()) => {
  const { keepRunning, log } = storeStep(script);
  await keepRunning(message);
  return namesIn(log.entries);
};

export const linqCounts = async (...events: unknown[]) => {
  const ledger = memoryLedger({ clock: manualClock() });
  await ledger.open({ id: 'm', state: 'sending', recording: aRecording(), target: { chat: CHAT } });
  await ledger.move('m', { from: 'sending', to: 'sent', set: { linq: { messageId: MESSAGE } } });
  await ledger.addReceipt({ messageId: MESSAGE, memo: 'm' });
  const { app, lines } = testApi({ ledger });
  for (const event of events) await app.request('/linq', signed(event));
  return namesIn(lines.map((line) => ({ ...JSON.parse(line), facts: JSON.parse(line) })));
};

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
