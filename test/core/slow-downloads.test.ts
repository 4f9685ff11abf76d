import { expect, test } from 'vitest';
import { slowPlacesOf } from '../../functions/core/slow-downloads.ts';
import { AUDIO, storeStep } from '../fakes/store-step.ts';

const HOUR = 60 * 60_000;
const FETCHED = { kind: 'fetched', value: AUDIO } as const;
const TROUBLE = { kind: 'trouble', why: 'the source sends less than 4000 bytes a second' } as const;

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

  expect(seen).toMatchObject([{ state: 'received', reason: TROUBLE.why }]);
});

test('where no place is free it gives way, says so, and takes the place once it is free', async () => {
  const { run, memo, notes } = storeStep({ downloads: [{ kind: 'slow', comesTo: FETCHED }] });
  await notes.take('slow#1', 'another run', HOUR);

  const why = expect.stringMatching(/as many slow recordings as may be are being fetched/);
  expect(await run()).toEqual({ kind: 'later', delayMs: 5000, why });
  expect(await memo()).toMatchObject({ state: 'received', reason: why, dueAt: expect.any(String) });

  await notes.remove('slow#1');
  expect(await run()).toMatchObject({ kind: 'done', outcome: 'stored' });
});

test('a download frees its place, whatever becomes of it', async () => {
  const { run, notes } = storeStep({ downloads: [{ kind: 'slow', comesTo: TROUBLE }] });
  await run();
  expect(await notes.take('slow#1', 'another run', HOUR)).toBe(true);
});

test('as many run at once as there are places', async () => {
  const { run, notes } = storeStep({ slowPlaces: 2, downloads: [{ kind: 'slow', comesTo: FETCHED }] });
  await notes.take('slow#1', 'another run', HOUR);
  expect(await run()).toMatchObject({ kind: 'done', outcome: 'stored' });
});

test('giving way costs no time: a recording that did so for longer than a day is fetched then', async () => {
  const { keepRunning, memo, notes } = storeStep({ downloads: [{ kind: 'slow', comesTo: FETCHED }] });
  await notes.take('slow#1', 'other runs', 30 * HOUR);
  expect(await keepRunning()).toBeGreaterThan(30 * HOUR);
  expect(await memo()).toMatchObject({ state: 'stored' });
});

test.each([
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 2],
  [5, 2],
  [10, 5],
])('of %i recordings at once, %i may be slow', (concurrency, places) => {
  expect(slowPlacesOf(concurrency)).toBe(places);
});
