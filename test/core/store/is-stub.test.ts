import { expect, test } from 'vitest';
import type { Fetched } from '../../../functions/core/ports/ports.ts';
import { aMessage, aRecording } from '../../fakes/examples.ts';
import { AUDIO, storeStep } from '../../fakes/store-step.ts';

const MINUTE = 60_000;
const REASONS = 'not audio: the recording is empty';
const of = (...bytes: (Buffer | Uint8Array)[]): Fetched<Uint8Array> => ({
  kind: 'fetched',
  value: Buffer.concat(bytes),
});
const begun: [string, Fetched<Uint8Array>][] = [
  ['nothing', of()],
  ['a WAV header', of(Buffer.from('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(28))],
  ['an AIFF header', of(Buffer.from('FORM\0\0\0\x2eAIFF'), Buffer.alloc(42))],
  ['an MP4 header', of(Buffer.from('\0\0\0\x18ftypmp42'), Buffer.alloc(12))],
  ['an Ogg page of header', of(Buffer.from('OggS'), Buffer.alloc(54))],
  ['a tag', of(Buffer.from('ID3\x04'), Buffer.alloc(100))],
];

test.each(begun)('%s just after the event is not ready yet, and the row says so', async (_, download) => {
  const { run, memo, audio } = storeStep({ downloads: [download], fitted: { kind: 'unfit', reason: REASONS } });
  expect(await run()).toEqual({ kind: 'later', delayMs: 5000, reason: REASONS });
  expect(await memo()).toMatchObject({ state: 'received', reason: REASONS });
  expect([...audio.objects.keys()]).toEqual([]);
});

test.each(begun)('%s for ten minutes is rejected with the reason and what it was', async (_, download) => {
  const { keepRunning, memo } = storeStep({ downloads: [download], fitted: { kind: 'unfit', reason: REASONS } });
  const waitedMs = await keepRunning();
  expect(waitedMs).toBeGreaterThanOrEqual(10 * MINUTE);
  expect(waitedMs).toBeLessThan(26 * MINUTE);
  expect(await memo()).toMatchObject({ state: 'rejected', reason: REASONS, original: expect.anything() });
});

test('what was empty and then is whole becomes a memo', async () => {
  const step = storeStep({ downloads: [of(), of(AUDIO)], empty: REASONS });
  await step.keepRunning();
  expect(await step.memo()).toMatchObject({ state: 'stored' });
});

test.each([
  ['a short page', of(Buffer.from('<Error><Code>AccessDenied</Code></Error>'))],
  ['a long WAV without sound', of(Buffer.from('RIFF'), Buffer.alloc(2000))],
])('%s is rejected at once', async (_, download) => {
  const { run } = storeStep({ downloads: [download], fitted: { kind: 'unfit', reason: 'not audio' } });
  expect(await run()).toEqual({ kind: 'done', outcome: 'rejected' });
});

test('an empty upload is rejected at once', async () => {
  const step = storeStep({ fitted: { kind: 'unfit', reason: REASONS } });
  const key = 'inbox/an-upload';
  await step.audio.put(key, Buffer.alloc(0));
  const message = aMessage({ recording: aRecording({ media: { kind: 'inbox', key } }) });
  expect(await step.run(message)).toEqual({ kind: 'done', outcome: 'rejected' });
});

test('a second of sound of a call of three minutes is waited for, and sent as it is when nothing more has come', async () => {
  const step = storeStep({ fitted: { kind: 'as-it-is', extension: 'mp3', type: 'audio/mpeg', seconds: 1 } });
  const message = aMessage({ recording: aRecording({ durationSeconds: 180 }) });
  expect(await step.run(message)).toMatchObject({ kind: 'later', reason: 'only 1 of 180 s are there yet' });
  expect(await step.memo()).toMatchObject({ state: 'received', reason: 'only 1 of 180 s are there yet' });
  expect(await step.keepRunning(message)).toBeGreaterThanOrEqual(9 * MINUTE);
  expect(await step.memo()).toMatchObject({ state: 'stored' });
});

test.each([
  ['a tenth of what its event says', 18, 180],
  ['less than a call of ten seconds would have', 0.6, 9],
  ['sound, and no length in its event', 1, undefined],
])('%s is no stub', async (_, seconds, durationSeconds) => {
  const step = storeStep({ fitted: { kind: 'as-it-is', extension: 'mp3', type: 'audio/mpeg', seconds } });
  const recording = aRecording(durationSeconds === undefined ? {} : { durationSeconds });
  expect(await step.run(aMessage({ recording }))).toMatchObject({ kind: 'done', outcome: 'stored' });
});

test('a call that was hung up at once is rejected at once, unless its event says that it was long', async () => {
  const fitted = { kind: 'unfit', reason: 'too short: 0.2 s of sound', seconds: 0.2 } as const;
  expect(await storeStep({ fitted }).run()).toEqual({ kind: 'done', outcome: 'rejected' });
  const long = aMessage({ recording: aRecording({ durationSeconds: 60 }) });
  expect(await storeStep({ fitted }).run(long)).toMatchObject({
    kind: 'later',
    reason: 'only 0.2 of 60 s are there yet',
  });
});

test('too little sound for what its own header says is waited for, and rejected with both figures then', async () => {
  const reason = 'not whole: 12 of 300 s can be heard';
  const step = storeStep({ fitted: { kind: 'unfit', reason, mayGrow: true } });
  expect(await step.run()).toMatchObject({ kind: 'later', reason });
  await step.keepRunning();
  expect(await step.memo()).toMatchObject({ state: 'rejected', reason: reason });
});
