import { describe, expect, test } from 'vitest';
import type { Fetched } from '../../../functions/core/ports/ports.ts';
import { aMessage, aRecording, CHAT, messagesTo, OTHER_CHAT } from '../../fakes/examples.ts';
import { scriptedSource } from '../../fakes/source.scripted.ts';
import { AUDIO, storeStep } from '../../fakes/store-step.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOT_YET = { kind: 'not-yet', reason: 'the source answered 404' } as const;
const TROUBLE = { kind: 'trouble', reason: 'the source answered 503' } as const;

describe('what is not fit to send is rejected, with the reason in the row', () => {
  test.each<[string, Fetched<Uint8Array>, string]>([
    ['gone', { kind: 'rejected', reason: 'gone: the source answered 410' }, 'gone: the source answered 410'],
    ['forbidden', { kind: 'rejected', reason: 'forbidden address: 10.0.0.1' }, 'forbidden address: 10.0.0.1'],
  ])('%s', async (_, download, reason) => {
    const { run, memo, queue } = storeStep({ downloads: [download] });
    expect(await run()).toEqual({ kind: 'done', outcome: 'rejected' });
    const row = await memo();
    expect(row).toMatchObject({ state: 'rejected', reason: expect.stringContaining(reason) });
    expect(row).not.toHaveProperty('audio');
    expect(queue.messages).toEqual([]);
  });

  test('by its content, with what it was', async () => {
    const { run, memo, audio, queue } = storeStep({ fitted: { kind: 'unfit', reason: 'not audio: an HTML page' } });
    await run();
    const original = { type: 'audio/x-of-the-script', bytes: AUDIO.length };
    expect(await memo()).toMatchObject({ state: 'rejected', reason: 'not audio: an HTML page', original });
    expect([...audio.objects.keys()].filter((key) => key.startsWith('audio/'))).toEqual([]);
    expect(queue.messages).toEqual([]);
  });

  test('for every target', async () => {
    const targets = [{ chat: CHAT }, { chat: OTHER_CHAT }];
    const { run, memo } = storeStep({ downloads: [{ kind: 'rejected', reason: 'gone' }] });
    for (const message of messagesTo(targets)) await run(message);
    for (const target of targets) expect(await memo(target)).toMatchObject({ state: 'rejected', reason: 'gone' });
  });
});

describe('what is not there yet', () => {
  test.each([
    ['not there yet', NOT_YET],
    ['in trouble', TROUBLE],
  ])('is tried again later, and the row says when: %s', async (_, download) => {
    const { run, memo, clock } = storeStep({ downloads: [download] });
    expect(await run()).toMatchObject({ kind: 'later', reason: download.reason, delayMs: 5000 });
    const dueAt = new Date(clock.nowMs() + 5000).toISOString();
    expect(await memo()).toMatchObject({ state: 'received', reason: download.reason, dueAt });
  });

  test.each([
    ['not there yet', NOT_YET, 10 * MINUTE, 'gone: the source answered 404'],
    ['in trouble', TROUBLE, 24 * HOUR, 'given up: the source answered 503'],
  ])('is given up when it has gone on too long: %s', async (_, download, patienceMs, reason) => {
    const { keepRunning, memo } = storeStep({ downloads: Array.from({ length: 200 }, () => download) });
    const waitedMs = await keepRunning();
    expect(waitedMs).toBeGreaterThanOrEqual(patienceMs);
    expect(waitedMs).toBeLessThan(patienceMs + 15 * MINUTE);
    expect(await memo()).toMatchObject({ state: 'rejected', reason });
  });

  test('is not given up for time in which nobody could try: after a day without a queue it is asked for anew', async () => {
    const { run, keepRunning, memo, clock } = storeStep({
      downloads: [NOT_YET, TROUBLE, NOT_YET, { kind: 'fetched', value: AUDIO }],
    });
    clock.advance(25 * HOUR);
    await run();
    clock.advance(25 * HOUR);
    await run();
    await keepRunning();
    expect(await memo()).toMatchObject({ state: 'stored' });
  });

  test('comes back within five seconds at first, then at growing distances of a quarter of an hour at most', async () => {
    const { run } = storeStep({ downloads: [TROUBLE] });
    const delays = [];
    for (const receives of [1, 2, 3, 20]) {
      const verdict = await run(aMessage({ late: true }), { receives });
      delays.push(verdict.kind === 'later' && verdict.delayMs);
    }
    expect(delays).toEqual([5000, 10_000, 20_000, 15 * MINUTE]);
  });

  test.each([
    ['longer than our back-off', 120_000, 120_000],
    ['shorter than our back-off', 1000, 5000],
  ])('waits as long as the source asks, where that is %s', async (_, retryAfterMs, delayMs) => {
    const { run } = storeStep({ downloads: [{ ...TROUBLE, retryAfterMs }] });
    expect(await run()).toMatchObject({ kind: 'later', delayMs });
  });

  test('says so once per reason: a day of retries is one line of history', async () => {
    const { run, memo } = storeStep({ downloads: [NOT_YET, NOT_YET, TROUBLE, TROUBLE] });
    for (let receives = 1; receives <= 4; receives += 1) await run(undefined, { receives });
    expect((await memo())?.history.map(({ reason }) => reason)).toEqual([
      undefined,
      'the source answered 404',
      'the source answered 503',
    ]);
  });

  test('is stored when it is there at last, without a trace of the reason it waited for', async () => {
    const { run, memo } = storeStep({ downloads: [NOT_YET, { kind: 'fetched', value: AUDIO }] });
    await run();
    await run();
    expect(await memo()).toMatchObject({ state: 'stored' });
    expect(await memo()).not.toHaveProperty('reason');
  });

  test('of a source that is not in the configuration is trouble, not the end', async () => {
    const { run, memo, sources } = storeStep();
    delete sources.acme;
    expect(await run()).toMatchObject({ kind: 'later' });
    expect(await memo()).toMatchObject({ state: 'received', reason: 'the source acme is off' });
  });
});

describe('an upload', () => {
  const upload = aMessage({ recording: aRecording({ media: { kind: 'inbox', key: 'inbox/upload/1' } }) });

  test('that has come is stored without any fetching', async () => {
    const { run, memo, audio, recordings } = storeStep();
    audio.objects.set('inbox/upload/1', { bytes: AUDIO });
    await run(upload);
    expect(await memo()).toMatchObject({ state: 'stored', audio: { bytes: AUDIO.length } });
    expect(recordings.fetched).toEqual([]);
  });

  test('that began while its URL was good may end hours later', async () => {
    const { run, inHand, memo, audio, clock } = storeStep();
    let next = upload;
    for (let receives = 1; clock.nowMs() < Date.parse(upload.receivedAt) + 23 * HOUR; receives += 1) {
      const verdict = await run(next, { receives });
      if (verdict.kind !== 'later') throw new Error(`it was ${verdict.outcome}`);
      clock.advance(verdict.delayMs);
      next = inHand();
    }
    const reason = expect.stringMatching(/^the upload has not come yet/);
    expect(await memo()).toMatchObject({ state: 'received', reason });
    audio.objects.set('inbox/upload/1', { bytes: AUDIO });
    await run(next);
    expect(await memo()).toMatchObject({ state: 'stored' });
  });

  test('that has not come within a day is rejected', async () => {
    const { keepRunning, memo } = storeStep();
    const waitedMs = await keepRunning(upload);
    expect(waitedMs).toBeGreaterThanOrEqual(24 * HOUR);
    expect(waitedMs).toBeLessThan(24 * HOUR + 15 * MINUTE);
    expect(await memo()).toMatchObject({ state: 'rejected', reason: 'gone: the upload never came' });
  });

  test('that is asked for again after that is waited for again', async () => {
    const { run, keepRunning, memo, audio, clock } = storeStep();
    await keepRunning(upload);
    clock.advance(HOUR);
    const again = { ...upload, receivedAt: clock.iso() };
    expect(await run(again)).toMatchObject({ kind: 'later' });
    audio.objects.set('inbox/upload/1', { bytes: AUDIO });
    await run(again, { receives: 2 });
    expect(await memo()).toMatchObject({ state: 'stored', generation: 1 });
  });
});

test('a recording of a slow source is waited for six hours, not ten minutes', async () => {
  const patient = scriptedSource({ kind: 'ignored', reason: '' });
  const source = { ...patient, fetch: { ...patient.fetch, readyWithin: 'hours' as const } };
  const { keepRunning, memo } = storeStep({ source, downloads: Array.from({ length: 100 }, () => NOT_YET) });
  expect(await keepRunning()).toBeGreaterThanOrEqual(6 * HOUR);
  expect(await memo()).toMatchObject({ state: 'rejected' });
});

describe('the event of a recording that could not be fetched comes again', () => {
  const gone = { kind: 'rejected', reason: 'gone: the source answered 410' } as const;
  const fetched = { kind: 'fetched', value: AUDIO } as const;
  const fresh = aMessage({ recording: aRecording({ media: { kind: 'url', url: 'https://media.example/fresh.mp3' } }) });

  test('with a fresh URL: the memo takes it, and its row keeps it', async () => {
    const { run, memo, recordings, queue } = storeStep({ downloads: [gone, fetched] });
    await run();
    expect(await memo()).toMatchObject({ state: 'rejected' });
    await run(fresh);
    expect(await memo()).toMatchObject({ state: 'stored', generation: 1, recording: fresh.recording });
    expect(recordings.fetched.at(-1)).toBe('https://media.example/fresh.mp3');
    expect(queue.messages).toMatchObject([{ message: { generation: 1 } }]);
  });

  test('with another object of a bucket: the memo takes it; a copy of the same object is not fetched', async () => {
    const object = (key: string) => ({ kind: 'object' as const, bucket: 'acme-calls', key });
    const announcing = (key: string) => aMessage({ recording: aRecording({ media: object(key) }) });
    const { run, memo, recordings } = storeStep({ downloads: [gone, fetched] });
    await run(announcing('calls/1.mp3'));
    await run(announcing('calls/1.mp3'));
    expect(await memo()).toMatchObject({ state: 'rejected' });
    expect(recordings.fetched).toHaveLength(1);
    await run(announcing('calls/2.mp3'));
    expect(await memo()).toMatchObject({ state: 'stored', recording: { media: object('calls/2.mp3') } });
  });

  test('with the same URL after it was given up: it is tried once more', async () => {
    const { run, memo, clock } = storeStep({ downloads: [gone, fetched] });
    await run();
    clock.advance(MINUTE);
    await run(aMessage({ receivedAt: clock.iso() }));
    expect(await memo()).toMatchObject({ state: 'stored' });
  });

  test('as a copy from before it was given up: nothing is fetched', async () => {
    const { run, memo, recordings } = storeStep({ downloads: [gone, fetched] });
    await run();
    await run(undefined, { receives: 2 });
    expect(await memo()).toMatchObject({ state: 'rejected' });
    expect(recordings.fetched).toHaveLength(1);
  });

  test('of what was fetched and is no audio: it stays rejected', async () => {
    const { run, memo, recordings } = storeStep({ fitted: { kind: 'unfit', reason: 'not audio: an HTML page' } });
    await run();
    await run(fresh);
    expect(await memo()).toMatchObject({ state: 'rejected', generation: 0 });
    expect(recordings.fetched).toHaveLength(1);
  });
});

test('an object that the bucket does not show yet is no empty recording: the step is tried again', async () => {
  const { run, memo, audio } = storeStep({ hasLength: false });
  const { head } = audio;
  audio.head = async () => undefined;
  await expect(run()).rejects.toThrow('the bucket does not show');
  expect(await memo()).toMatchObject({ state: 'received' });
  audio.head = head;
  await run(undefined, { receives: 2 });
  expect(await memo()).toMatchObject({ state: 'stored' });
});
