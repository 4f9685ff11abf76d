import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { presignedUrlsContract } from '../contracts/presigned-urls.ts';
import { startAudioStore } from '../servers/s3.ts';

describe('as every S3 has it', () => presignedUrlsContract(startAudioStore));

// Only this file tests what presigned URLs refuse: the embedded S3 checks signatures, other emulators do not.

const MINUTE = 60_000;
const audio = { key: 'audio/run/m_a.mp3', type: 'audio/mpeg', bytes: 10 };

let s3: Awaited<ReturnType<typeof startAudioStore>>;
beforeAll(async () => {
  s3 = await startAudioStore();
  await s3.store.put(audio.key, Readable.from([Buffer.from('0123456789')]));
});
afterAll(() => s3.stop());
afterEach(() => {
  vi.useRealTimers();
});

/** Makes a URL as if the clock stood this many milliseconds earlier. */
const ago = async <T>(ms: number, mint: () => Promise<T>): Promise<T> => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - ms });
  const minted = await mint();
  vi.useRealTimers();
  return minted;
};
const changed = (url: string, parameter: string, value: string) => {
  const other = new URL(url);
  other.searchParams.set(parameter, value);
  return other;
};

describe('a GET URL', () => {
  let url: string;
  beforeEach(async () => {
    url = await s3.store.presignGet(audio, 5 * MINUTE);
  });

  test('still works just before it expires', async () => {
    const old = await ago(4 * MINUTE, () => s3.store.presignGet(audio, 5 * MINUTE));

    expect((await fetch(old)).status).toBe(200);
  });

  test('is refused when it has expired', async () => {
    const old = await ago(6 * MINUTE, () => s3.store.presignGet(audio, 5 * MINUTE));

    expect((await fetch(old)).status).toBe(403);
  });

  test.each(['HEAD', 'PUT', 'DELETE', 'POST'])('is refused for %s', async (method) => {
    const answer = await fetch(url, { method });

    expect(answer.ok).toBe(false);
    expect(await s3.store.head(audio.key)).toEqual({ bytes: 10 });
  });

  test.each([
    ['another signature', (signed: string) => changed(signed, 'X-Amz-Signature', 'f'.repeat(64))],
    ['a longer life', (signed: string) => changed(signed, 'X-Amz-Expires', '86400')],
    ['another type', (signed: string) => changed(signed, 'response-content-type', 'text/html')],
    ['another key', (signed: string) => signed.replace('m_a.mp3', 'm_b.mp3')],
    ['no signature', (signed: string) => signed.slice(0, signed.indexOf('?'))],
  ])('is refused with %s', async (_, alter) => {
    expect((await fetch(alter(url))).status).toBe(403);
  });
});

describe('a PUT URL', () => {
  const put = (url: string, body: string, type: string) =>
    fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });
  const mint = () => s3.store.presignPut('inbox/upload', 'audio/wav', 4, 15 * MINUTE);

  test.each([
    ['another type', 'RIFF', 'text/html'],
    ['more bytes', 'RIFF1', 'audio/wav'],
    ['fewer bytes', 'RIF', 'audio/wav'],
    ['no bytes', '', 'audio/wav'],
  ])('refuses %s', async (_, body, type) => {
    const url = await s3.store.presignPut('inbox/refused', 'audio/wav', 4, 15 * MINUTE);

    expect((await put(url, body, type)).status).toBe(403);
    expect(await s3.store.head('inbox/refused')).toBeUndefined();
  });

  test('is refused when it has expired', async () => {
    const old = await ago(16 * MINUTE, mint);

    expect((await put(old, 'RIFF', 'audio/wav')).status).toBe(403);
  });

  test('reads nothing', async () => {
    expect((await fetch(await mint())).ok).toBe(false);
  });
});

test.each(['GET', 'HEAD', 'PUT', 'DELETE'])('%s without a signature is refused', async (method) => {
  const answer = await fetch(`${s3.url}/${s3.bucket}/${audio.key}`, { method });

  expect(answer.status).toBe(403);
  expect(await s3.store.head(audio.key)).toEqual({ bytes: 10 });
});
