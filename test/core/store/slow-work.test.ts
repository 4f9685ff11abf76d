import { describe, expect, test, vi } from 'vitest';
import { notesPlaces, placesOf } from '../../../functions/adapters/places.key-value-store.ts';
import { timing as realTiming } from '../../../functions/core/model/timing.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aMessage, aRecording } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { AUDIO, storeStep } from '../../fakes/store-step.ts';

const HOUR = 60 * 60_000;
const FETCHED = { kind: 'fetched', value: AUDIO } as const;
const TROUBLE = { kind: 'trouble', reason: 'the source sends less than 4000 bytes a second' } as const;

test('a slow download goes on, and its row says so meanwhile', async () => {
  const seen: unknown[] = [];
  const step = storeStep({
    downloads: [{ kind: 'slow', comesTo: FETCHED, meanwhile: async () => void seen.push(await step.memo()) }],
  });

  expect(await step.run()).toEqual({ kind: 'done', outcome: 'stored' });

  expect(seen).toMatchObject([
    { state: 'received', reason: 'the source is slow: the recording is still being fetched' },
  ]);
  expect(await step.memo()).toMatchObject({ state: 'stored' });
});

test('why the last try failed stays on the row while a slow download is tried again', async () => {
  const seen: unknown[] = [];
  const step = storeStep({
    downloads: [TROUBLE, { kind: 'slow', comesTo: FETCHED, meanwhile: async () => void seen.push(await step.memo()) }],
  });

  await step.run();
  await step.run();

  expect(seen).toMatchObject([{ state: 'received', reason: TROUBLE.reason }]);
});

test('where no place is free it gives way, says so, and takes the place once it is free', async () => {
  const { run, memo, keyValues } = storeStep({ downloads: [{ kind: 'slow', comesTo: FETCHED }] });
  await keyValues.take('slow#1', 'another run', HOUR);

  const reason = expect.stringMatching(/no place for slow downloads is free/);
  expect(await run()).toEqual({ kind: 'later', delayMs: 5000, reason });
  expect(await memo()).toMatchObject({ state: 'received', reason: reason, dueAt: expect.any(String) });

  await keyValues.remove('slow#1');
  expect(await run()).toMatchObject({ kind: 'done', outcome: 'stored' });
});

test('a download frees its place, whatever becomes of it', async () => {
  const { run, keyValues } = storeStep({ downloads: [{ kind: 'slow', comesTo: TROUBLE }] });
  await run();
  expect(await keyValues.take('slow#1', 'another run', HOUR)).toBe(true);
});

test('as many run at once as there are places', async () => {
  const { run, keyValues } = storeStep({ storeConcurrency: 4, downloads: [{ kind: 'slow', comesTo: FETCHED }] });
  await keyValues.take('slow#1', 'another run', HOUR);
  expect(await run()).toMatchObject({ kind: 'done', outcome: 'stored' });
});

test('giving way costs no time: a recording that did so for longer than a day is fetched then', async () => {
  const { keepRunning, memo, keyValues } = storeStep({ downloads: [{ kind: 'slow', comesTo: FETCHED }] });
  await keyValues.take('slow#1', 'other runs', 30 * HOUR);
  expect(await keepRunning()).toBeGreaterThan(30 * HOUR);
  expect(await memo()).toMatchObject({ state: 'stored' });
});

describe('work on the sound that turns out to be long', () => {
  test('goes on where a place is free, and the row says so', async () => {
    const step = storeStep({ isLong: true });
    expect(await step.run()).toEqual({ kind: 'done', outcome: 'stored' });
    const reasons = (await step.memo())?.history.map(({ reason }) => reason);
    expect(reasons).toContain('the recording takes long to convert: the work goes on');
    expect(await step.keyValues.take('long#1', 'another run', HOUR)).toBe(true);
  });

  test('gives way where none is free, and is not fetched again for it', async () => {
    const step = storeStep({ isLong: true });
    await step.keyValues.take('long#1', 'another run', HOUR);

    const reason = expect.stringMatching(/no place for long work is free/);
    expect(await step.run()).toEqual({ kind: 'later', delayMs: 5000, reason });
    expect(await step.memo()).toMatchObject({ state: 'received', reason: reason });

    await step.keyValues.remove('long#1');
    expect(await step.run()).toMatchObject({ kind: 'done', outcome: 'stored' });
    expect(step.recordings.fetched).toHaveLength(1);
    const { key = '' } = (await step.memo())?.audio ?? {};
    expect([...step.audio.objects.keys()]).toEqual([key]);
  });

  test('needs no place of a slow download, and takes none', async () => {
    const step = storeStep({ isLong: true, downloads: [{ kind: 'slow', comesTo: FETCHED }] });
    expect(await step.run()).toMatchObject({ kind: 'done', outcome: 'stored' });
  });

  test('finds the place of its own slow download free again', async () => {
    const step = storeStep({ isLong: true, storeConcurrency: 2, downloads: [{ kind: 'slow', comesTo: FETCHED }] });
    expect(await step.run()).toMatchObject({ kind: 'done', outcome: 'stored' });
  });

  test('is done at once where an event comes again with another URL: that is fetched', async () => {
    const step = storeStep({ isLong: true });
    await step.keyValues.take('long#1', 'another run', HOUR);
    await step.run();
    await step.keyValues.remove('long#1');
    const { generation = 0 } = (await step.memo()) ?? {};
    const { id = '' } = (await step.memo()) ?? {};
    await step.ledger.move(id, { from: 'received', to: 'rejected', where: { generation }, note: { reason: 'gone' } });
    step.clock.advance(1000);
    const again = aMessage({
      recording: aRecording({ media: { kind: 'url', url: 'https://media.example/fresh.wav' } }),
    });
    await step.run(again);
    expect(step.recordings.fetched).toHaveLength(2);
  });
});

test.each([
  [1, 1, 1],
  [2, 1, 1],
  [3, 1, 1],
  [4, 2, 1],
  [5, 2, 1],
  [10, 5, 3],
])('of %i recordings at once, %i downloads may be slow, and %i long to work on', (concurrency, slow, long) => {
  const places = placesOf(concurrency);
  expect([places.slow.length, places.long.length]).toEqual([slow, long]);
  const all = new Set([...places.slow, ...places.long]);
  expect(concurrency < 2 ? 1 : concurrency - all.size).toBeGreaterThanOrEqual(1);
});

describe('a place', () => {
  const clock = manualClock();
  const aWorld = () => {
    const keyValues = memoryKeyValueStore({ clock });
    const timing = { ...realTiming(), leaseMs: 60_000, leaseRenewMs: 5 };
    return { keyValues, places: notesPlaces({ keyValues, timing, storeConcurrency: 3, log: memoryLog() }) };
  };

  test('is kept for as long as it is held', async () => {
    const { keyValues, places } = aWorld();
    const place = await places.take('long', 'a run');
    const taken = vi.spyOn(keyValues, 'take');
    for (let minutes = 0; minutes < 3; minutes += 1) {
      taken.mockClear();
      await vi.waitFor(() => expect(taken.mock.calls.length).toBeGreaterThan(1));
      clock.advance(59_000);
    }
    expect(await places.take('long', 'another run')).toBeUndefined();
    await place?.leave();
    expect(await places.take('long', 'another run')).toBeDefined();
  });

  test('of a process that died is free after a lease', async () => {
    const { keyValues, places } = aWorld();
    await keyValues.take('long#1', 'a run that died', 60_000);
    expect(await places.take('long', 'another run')).toBeUndefined();
    clock.advance(60_000);
    expect(await places.take('long', 'another run')).toBeDefined();
  });
});
