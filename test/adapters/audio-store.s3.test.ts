import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { s3AudioStore } from '../../functions/adapters/audio-store.s3.ts';
import { s3ClientTo, startAudioStore } from '../servers/s3.ts';
import { scriptedHttp } from '../servers/scripted-http.ts';

const PART = 5 * 1024 * 1024;
const noise = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 7919) % 251));
/** A stream in pieces, as a network delivers bytes. */
const streamOf = (bytes: Buffer) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    })(),
    { objectMode: false },
  );

let s3: Awaited<ReturnType<typeof startAudioStore>>;
beforeAll(async () => {
  s3 = await startAudioStore();
});
afterAll(() => s3.stop());

describe('a stream put under a key', () => {
  test.each([0, 1, PART - 1, PART, 12_000_000])(
    'of %i bytes reads back the same, its length known or not',
    async (length) => {
      const bytes = noise(length);

      await s3.store.put('inbox/known', streamOf(bytes), length);
      await s3.store.put('inbox/unknown', streamOf(bytes));

      for (const key of ['inbox/known', 'inbox/unknown']) {
        expect(await s3.store.head(key)).toEqual({ bytes: length });
        expect((await buffer(await s3.store.read(key))).equals(bytes)).toBe(true);
      }
    },
  );

  test.each([
    ['of known length', 12_000_000],
    ['of unknown length', undefined],
  ])('that breaks half-way leaves no object and says what broke: %s', async (how, length) => {
    const key = `inbox/broken ${how}`;
    const broken = new Error('the recording was cut short');
    const body = new Readable({ read() {} });
    body.push(noise(PART + 1000));
    setImmediate(() => body.destroy(broken));

    await expect(s3.store.put(key, body, length)).rejects.toBe(broken);

    expect(await s3.store.head(key)).toBeUndefined();
  });

  test.each([
    ['of known length', 1000],
    ['of unknown length', undefined],
  ])('that had broken before leaves no object: %s', async (how, length) => {
    const key = `inbox/broken before ${how}`;
    const body = new Readable({ read() {} });
    body.on('error', () => {});
    body.destroy(new Error('the recording was cut short'));

    await expect(s3.store.put(key, body, length)).rejects.toThrow('cut short');

    expect(await s3.store.head(key)).toBeUndefined();
  });

  test.each([1000, undefined])('to an S3 that is away fails with its reason (length %s)', async (length) => {
    const gone = await scriptedHttp();
    await gone.stop();
    const client = s3ClientTo(gone.origin);
    const body = streamOf(noise(1000));

    await expect(s3AudioStore(client, { bucket: 'b' }).put('inbox/x', body, length)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test.each([
    ['of known length', 30_000],
    ['of unknown length', undefined],
  ])('that comes more slowly than a request to S3 may take arrives whole: %s', async (how, length) => {
    const bytes = noise(30_000);
    const drip = async function* () {
      for (let at = 0; at < bytes.length; at += 1000) {
        await new Promise((done) => setTimeout(done, 40));
        yield bytes.subarray(at, at + 1000);
      }
    };

    // The type names what the handler of every runtime has. Node's handler also has these fields.
    const handler = s3.client.config.requestHandler as unknown as {
      updateHttpClientConfig(key: string, ms: number): void;
    };
    handler.updateHttpClientConfig('requestTimeout', 300);
    try {
      await s3.store.put(`inbox/slow ${how}`, Readable.from(drip(), { objectMode: false }), length);
    } finally {
      handler.updateHttpClientConfig('requestTimeout', 60_000);
    }

    expect((await buffer(await s3.store.read(`inbox/slow ${how}`))).equals(bytes)).toBe(true);
  });

  test('replaces what was there', async () => {
    await s3.store.put('inbox/again', streamOf(noise(10)));
    await s3.store.put('inbox/again', streamOf(noise(5)), 5);

    expect(await s3.store.head('inbox/again')).toEqual({ bytes: 5 });
  });
});

describe('an object', () => {
  beforeAll(() => s3.store.put('audio/run/m_a.mp3', streamOf(Buffer.from('0123456789'))));

  test.each([
    [0, 1, '01'],
    [2, 4, '234'],
    [9, 9, '9'],
    [0, 9, '0123456789'],
  ])('is read from %i to %i, both included', async (start, end, bytes) => {
    expect(String(await buffer(await s3.store.read('audio/run/m_a.mp3', { start, end })))).toBe(bytes);
  });

  test('is copied byte for byte under another type', async () => {
    await s3.store.copy('audio/run/m_a.mp3', 'audio/run/m_b.wav', 'audio/wav');

    const head = await s3.client.send(new HeadObjectCommand({ Bucket: s3.bucket, Key: 'audio/run/m_b.wav' }));
    expect(head.ContentType).toBe('audio/wav');
    expect(String(await buffer(await s3.store.read('audio/run/m_b.wav')))).toBe('0123456789');
  });

  test('that is not there has no head, and cannot be read or copied', async () => {
    expect(await s3.store.head('audio/none')).toBeUndefined();
    await expect(s3.store.read('audio/none')).rejects.toThrow();
    await expect(s3.store.copy('audio/none', 'audio/other', 'audio/wav')).rejects.toThrow();
  });
});

test('what is under a prefix is counted, and taken away whole', async () => {
  for (let n = 0; n < 3; n += 1) await s3.store.put(`audio/m_count/${n}`, Buffer.from('x'), 1);
  await s3.store.put('audio/m_counted/0', Buffer.from('x'), 1);
  expect(await s3.store.count('audio/m_count/')).toBe(3);
  expect(await s3.store.count('audio/m_none/')).toBe(0);
  expect(await s3.store.removeAll('audio/m_count/')).toBe(3);
  expect([await s3.store.count('audio/m_count/'), await s3.store.count('audio/m_counted/')]).toEqual([0, 1]);
});

test('what S3 lists on several pages is counted on all of them', async () => {
  const page = (count: number, next?: string) =>
    `<ListBucketResult><KeyCount>${count}</KeyCount>${next ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}</ListBucketResult>`;
  const server = await scriptedHttp((asked, response) => {
    response.setHeader('content-type', 'application/xml');
    response.end(asked.url.includes('continuation-token=more') ? page(7) : page(1000, 'more'));
  });
  const client = s3ClientTo(server.origin);
  expect(await s3AudioStore(client, { bucket: 'b' }).count('audio/')).toBe(1007);
  client.destroy();
  await server.stop();
});
