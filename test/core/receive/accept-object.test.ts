import { describe, expect, test } from 'vitest';
import type { RecordingBucket } from '../../../functions/core/model/bucket.ts';
import { type ObjectCreated, objectCreatedSchema } from '../../../functions/core/model/object-created.ts';
import type { Route } from '../../../functions/core/model/route.ts';
import type { WebhookTrace } from '../../../functions/core/model/traces.ts';
import { explainRefusal } from '../../../functions/core/observe/refusal-causes.ts';
import { acceptObject } from '../../../functions/core/receive/accept-object.ts';
import { leaveTraces } from '../../../functions/core/receive/leave-traces.ts';
import { objectIn, urlOfObject } from '../../../functions/core/source/object-url.ts';
import { s3Drop } from '../../../functions/sources/s3-drop.ts';
import { memoryAudioStore } from '../../fakes/audio-store.memory.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { scriptedSource } from '../../fakes/source.scripted.ts';

const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const everything: Route[] = [{ when: {}, send: { chat: CHAT } }];
const buckets: RecordingBucket[] = [
  { name: 'acme-calls', prefix: 'calls/', source: 'drop', account: '111122223333' },
  { name: 'acme-calls', prefix: 'livekit/' },
  { name: 'other-calls', prefix: '', source: 'hook' },
  { name: 'third-calls', prefix: '', source: 'toString' },
];
const created = (key: string, { name = 'acme-calls', account = '111122223333', size = 10 } = {}): ObjectCreated => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  account,
  detail: { bucket: { name }, object: { key, size } },
});
const step = (drop = s3Drop(), routes: Route[] = everything) => {
  const [queue, log, clock] = [memoryRecordingsQueue(), memoryLog(), manualClock()];
  const traces: WebhookTrace['trace'][] = [];
  const accept = acceptObject({
    sources: { drop, hook: scriptedSource({ kind: 'ignored', reason: '' }) },
    buckets,
    routes,
    recordings: queue,
    inbox: memoryAudioStore(),
    inboxId: () => 'never',
    clock,
    leaveTrace: leaveTraces({
      traces: { send: async ({ trace }) => void traces.push(trace) },
      traceId: () => `t${traces.length}`,
      clock,
      pause: async () => {},
      log,
    }),
    log,
  });
  return { accept, queue, log, clock, traces };
};

describe('an object below the prefix of a source', () => {
  test('is one recording for the target of its route, as a webhook would be', async () => {
    const { accept, queue, log } = step();
    expect(await accept(created('calls/7.wav'))).toEqual({ kind: 'done', outcome: 'accepted' });
    expect(queue.messages).toMatchObject([
      {
        recording: { source: 'drop', media: { kind: 'object', bucket: 'acme-calls', key: 'calls/7.wav' } },
        target: { chat: CHAT },
      },
    ]);
    expect(log.entries.at(-1)).toMatchObject({
      level: 'info',
      facts: { step: 'receive', source: 'drop', outcome: 'accepted' },
    });
  });

  test('whose chat stands elsewhere is asked about first, though a route would fit', async () => {
    const { accept, queue } = step(s3Drop({ facts: 'metadata' }));
    expect(await accept(created('calls/7.wav'))).toMatchObject({ outcome: 'pending' });
    expect(queue.messages).toMatchObject([{ target: 'ask' }]);
  });

  test('that is named twice is the same recording', async () => {
    const { accept, queue } = step();
    await accept(created('calls/7.wav'));
    await accept(created('calls/7.wav'));
    const [first, again] = queue.messages;
    expect(again?.recording.id).toBe(first?.recording.id);
  });

  test.each([
    ['is empty', created('calls/7.wav', { size: 0 })],
    ['is no recording', created('calls/7.json')],
  ])('that %s is ignored', async (_what, event) => {
    const { accept, queue, traces } = step();
    expect(await accept(event)).toMatchObject({ outcome: 'ignored' });
    expect(queue.messages).toEqual([]);
    expect(traces).toMatchObject([{ source: 'drop', outcome: 'ignored', count: 1 }]);
  });

  test('is not lost where the queue is down: its event comes again', async () => {
    const { accept, queue } = step();
    queue.goDown();
    await expect(accept(created('calls/7.wav'))).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('leaves no key in the log: a key may hold a number', async () => {
    const { accept, log } = step();
    await accept(created('calls/+12025550101.wav'));
    await accept(created('elsewhere/+12025550101.wav'));
    expect(log.text()).not.toContain('2025550101');
  });
});

describe('a stranger’s object', () => {
  test.each([
    ['outside every prefix', created('secrets/7.wav'), 'outside the prefixes', 'drop'],
    ['whose prefix only begins alike', created('calls'), 'outside the prefixes', 'drop'],
    ['that leads out of the prefix', created('calls/../secrets/7.wav'), 'outside the prefixes', 'drop'],
    ['below the prefix of a system that sends webhooks', created('livekit/7.wav'), 'outside the prefixes', 'drop'],
    ['of another account', created('calls/7.wav', { account: '999999999999' }), 'another account', 'drop'],
    ['in another bucket', created('calls/7.wav', { name: 'aftercall' }), 'is not among the buckets', undefined],
    ['in a bucket of a source with a hook', created('7.wav', { name: 'other-calls' }), 'takes no objects', 'hook'],
    ['in a bucket of no source', created('7.wav', { name: 'third-calls' }), 'takes no objects', 'toString'],
  ])(
    '%s is refused with the reason, and nothing is queued that would read it',
    async (_what, event, reason, source) => {
      const { accept, queue, log, traces } = step();
      expect(await accept(event)).toEqual({ kind: 'done', outcome: 'refused' });
      expect(queue.messages).toEqual([]);
      const isConfigured = source === 'drop' || source === 'hook';
      expect(traces.map((trace) => [trace.source, trace.outcome])).toEqual(isConfigured ? [[source, 'refused']] : []);
      for (const trace of traces) expect(explainRefusal(trace.reason, undefined).says).toMatch(/^the (object|bucket) /);
      expect(log.entries).toMatchObject([
        { level: 'warn', facts: { step: 'receive', outcome: 'refused', reason: expect.stringContaining(reason) } },
      ]);
      expect(log.entries[0]?.facts.source).toBe(source);
    },
  );
});

describe('a crafted key', () => {
  const [NUL, far] = [String.fromCharCode(0), '../'.repeat(300)];
  test.each([
    ['climbs out', 'calls/../../aftercall/audio/m_a.wav'],
    ['climbs far', `calls/${far}a.wav`],
    ['has a dot between slashes', 'calls/./a.wav'],
    ['ends in dots', 'calls/..'],
  ])('that %s is refused', async (_what, key) => {
    const { accept, queue } = step();
    expect(await accept(created(key))).toMatchObject({ outcome: 'refused' });
    expect(queue.messages).toEqual([]);
  });

  // S3 has no folders and decodes nothing: these are plain keys below the prefix, and are read as they are.
  test.each([
    ['is URL-encoded', 'calls/%2e%2e/%2Fsecrets%2Fa.wav'],
    ['has another script, and marks that turn the text round', 'calls/\u202evaw.é漢/a.wav'],
    ['has a zero byte', `calls/a${NUL}.wav`],
    ['has backslashes', 'calls/..\\..\\secrets\\a.wav'],
    ['is as long as S3 allows', `calls/${'x'.repeat(1014)}.wav`],
  ])('that %s names one object below the prefix, and no other', async (_what, key) => {
    const { accept, queue } = step();
    expect(await accept(created(key))).toMatchObject({ outcome: 'accepted' });
    expect(queue.messages).toMatchObject([{ recording: { media: { bucket: 'acme-calls', key } } }]);
    const address = { bucket: 'acme-calls', key };
    expect(objectIn(urlOfObject(address))).toEqual(address);
  });

  test('that is a folder is ignored', async () => {
    expect(await step().accept(created('calls/folder/'))).toMatchObject({ outcome: 'ignored' });
  });

  test.each([
    ['is longer than S3 allows', { object: { key: 'x'.repeat(1025) } }],
    ['is empty', { object: { key: '' } }],
    ['is no text', { object: { key: 7 } }],
    ['has no bucket', { bucket: {} }],
  ])('that %s does not pass the schema of the event', (_what, wrong) => {
    const event = created('calls/a.wav');
    expect(objectCreatedSchema.safeParse({ ...event, detail: { ...event.detail, ...wrong } }).success).toBe(false);
  });
});

test.each(['PutObject', 'POST Object', 'CopyObject', 'CompleteMultipartUpload'])(
  'an event whose reason is %s is taken, with all the fields that S3 documents',
  async (reason) => {
    const { accept } = step();
    const event = created('calls/7.wav');
    const documented = {
      version: '0',
      id: '17793124-05d4-b198-2fde-7ededc63b103',
      time: '2021-11-12T00:00:00Z',
      region: 'ca-central-1',
      resources: ['arn:aws:s3:::acme-calls'],
      ...event,
      detail: {
        version: '0',
        bucket: event.detail.bucket,
        object: { ...event.detail.object, etag: 'b1946ac92492d2347c6235b4d2611184', sequencer: '617f08299329d189' },
        'request-id': 'N4N7GDK58NMKJ12R',
        requester: '123456789012',
        'source-ip-address': '1.2.3.4',
        reason,
      },
    };
    expect(await accept(objectCreatedSchema.parse(documented))).toMatchObject({ outcome: 'accepted' });
  },
);

test.each(['Object Deleted', 'Object Restore Completed', 'Object Tags Added'])('an event "%s" is not taken', (kind) => {
  expect(objectCreatedSchema.safeParse({ ...created('calls/7.wav'), 'detail-type': kind }).success).toBe(false);
});

test('a flood of objects causes sixty traces a minute at most, and reads none of them', async () => {
  const { accept, queue, clock, traces } = step();
  for (let minute = 1; minute <= 2; minute += 1) {
    for (let n = 0; n < 2000; n += 1) await accept(created(`secrets/${minute}-${n}.wav`));
    expect(traces.length).toBeLessThanOrEqual(60 * minute);
    clock.advance(60_000);
  }
  expect(queue.messages).toEqual([]);
});
