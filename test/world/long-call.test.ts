import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { engine } from '../../functions/audio/engine.ts';
import type { AudioFile } from '../../functions/core/ports/ports.ts';
import { fileOf, readCall } from '../audio/fitting.ts';
import { longCall } from '../audio/long-call.ts';
import { standardWebhook, startWorld, until, type World, wav } from '../world.ts';
import { recordOutput } from './record-output.ts';

let world: World;
beforeAll(async () => {
  recordOutput();
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  vi.restoreAllMocks();
});

const MEGABYTE = 1024 * 1024;
const streamed =
  (file: AudioFile): http.RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': file.bytes });
    const chunks = async function* () {
      for (let at = 0; at < file.bytes; at += MEGABYTE) yield file.read(at, Math.min(file.bytes, at + MEGABYTE));
    };
    Readable.from(chunks()).pipe(response);
  };
const arrives = async (url: string) => {
  const chat = randomUUID();
  const recording = { id: `rec_${randomUUID()}`, recording_url: url };
  const { body } = await world.post(
    `/hooks/standard-webhooks?chat=${chat}`,
    standardWebhook(world.secrets.standardWebhooks, recording),
  );
  return { chat, id: String((body.memos as string[])[0]) };
};
const sentTo = (chat: string) => world.linq.sent.filter((sent) => sent.chat === chat);

/** Two memos: the shortest call that is too long for one memo has 82 minutes. */
const SECONDS = 84 * 60;

test('a call of 84 minutes arrives as two memos in order, and holds up nobody meanwhile', {
  timeout: 600_000,
}, async () => {
  const long = await arrives(world.media.serve(streamed(longCall(readCall('pcm-s16-8k-mono.wav'), SECONDS))));
  await until(() => world.media.hits.length > 0 || undefined);
  const passed = await arrives(world.media.serve(wav(2)));
  await world.reaches(passed.id, 'sent');
  expect((await world.memo(long.id)).state).toBe('received');

  // The fitter works on the long call; a short call that also needs fitting does not wait for it.
  await until(
    async () => (await world.memo(long.id)).reason?.startsWith('the recording takes long to convert') || undefined,
    200_000,
  );
  const converted = await arrives(world.media.serve(readCall('mulaw-8k-mono.wav')));
  expect(await world.reaches(converted.id, 'sent')).toMatchObject({ fitting: { done: 'converted' } });
  expect((await world.memo(long.id)).state).toBe('received');

  await until(() => sentTo(long.chat).length === 2 || undefined, 500_000);
  const memos = sentTo(long.chat);
  expect(memos.map(({ filename }) => filename)).toEqual([`${long.id}.mp3`, `${long.id}-2.mp3`]);
  for (const [index, id] of [long.id, `${long.id}-2`].entries()) {
    expect(await world.reaches(id, 'sent')).toMatchObject({
      part: { number: index + 1, of: 2 },
      original: { type: 'audio/wav', bytes: 44 + SECONDS * 16_000, seconds: SECONDS },
      fitting: { done: 'converted', reason: 'larger than 10000000 bytes', engine: 'built-in' },
    });
  }
  for (const { bytes } of memos) {
    expect(bytes.length).toBeLessThanOrEqual(10_000_000);
    const { seconds } = await engine.measure({ file: fileOf(bytes) }, { maxSeconds: 10_000 });
    expect(seconds).toBeGreaterThan(SECONDS / 2 - 1);
    expect(seconds).toBeLessThan(SECONDS / 2 + 1);
  }
});
