import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AudioStore } from '../../functions/core/ports/ports.ts';

const MINUTE = 60_000;
const audio = { key: 'audio/run/m_contract.mp3', type: 'audio/mpeg', bytes: 10 };

/**
 * What presigned URLs promise to their holder, on every S3. Tests with an S3 that checks signatures show what they
 * refuse.
 */
export const presignedUrlsContract = (start: () => Promise<{ store: AudioStore; stop(): Promise<void> }>) => {
  let s3: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    s3 = await start();
    await s3.store.put(audio.key, Readable.from([Buffer.from('0123456789')]));
  });
  afterAll(() => s3.stop());

  describe('a GET URL', () => {
    let url: string;
    beforeEach(async () => {
      url = await s3.store.presignGet(audio, 5 * MINUTE);
    });

    test('works without credentials and answers with the type of the audio', async () => {
      const answer = await fetch(url);

      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('audio/mpeg');
      expect(await answer.text()).toBe('0123456789');
    });

    test('works for a range, as players ask', async () => {
      const answer = await fetch(url, { headers: { range: 'bytes=2-4' } });

      expect([answer.status, await answer.text()]).toEqual([206, '234']);
    });

    test('expires after the time it was given, in whole seconds', async () => {
      const urls = await Promise.all([5 * MINUTE, 1, 1500].map((ms) => s3.store.presignGet(audio, ms)));

      expect(urls.map((one) => new URL(one).searchParams.get('X-Amz-Expires'))).toEqual(['300', '1', '2']);
    });

    test('carries no checksum, and signs no header but the host', () => {
      const { searchParams } = new URL(url);

      expect([...searchParams.keys()].filter((name) => /checksum|crc/i.test(name))).toEqual([]);
      expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    });
  });

  describe('a PUT URL', () => {
    const mint = () => s3.store.presignPut('inbox/upload', 'audio/wav', 4, 15 * MINUTE);

    test('takes exactly the type and length it was made for', async () => {
      const headers = { 'content-type': 'audio/wav' };
      const answer = await fetch(await mint(), { method: 'PUT', body: 'RIFF', headers });

      expect(answer.status).toBe(200);
      expect(String(await buffer(await s3.store.read('inbox/upload')))).toBe('RIFF');
    });

    test('signs type and length, and carries no checksum', async () => {
      const { searchParams } = new URL(await mint());

      expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
      expect([...searchParams.keys()].filter((name) => /checksum|crc/i.test(name))).toEqual([]);
      expect(searchParams.get('X-Amz-Expires')).toBe('900');
    });
  });
};
