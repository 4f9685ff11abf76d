import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Begun, DownloadOptions } from '../../functions/core/ports/ports.ts';
import { anywhere, type Fetching, recordingAt, recordingsWith } from '../servers/fetching.ts';
import { type Asked, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

const never = new AbortController().signal;
const FILE = randomBytes(200_000);
const OTHER = randomBytes(FILE.length);
const ETAG = { etag: '"one"' };

let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp();
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});

/** Downloads into memory; returns the bytes that the adapter passed on, and the outcome. */
const download = async (begun?: DownloadOptions['begun'], fetching: Fetching['download'] = {}, path = '/r.wav') => {
  const recordings = recordingsWith({
    allowHosts: [`127.0.0.1:${server.port}`],
    maxBytes: 1_000_000,
    download: { resumeAfterMs: 10, ...fetching },
  });
  let seen: Buffer | undefined;
  const into = async (body: Readable) => {
    seen = await buffer(body);
  };
  const options = { onSlow: async () => undefined, ...(begun && { begun }) };
  const result = await recordings.download(recordingAt(server.origin + path), anywhere, into, never, options);
  return { result, seen };
};

/** The first byte of the requested range; undefined for a request without a range. */
const rangeOf = ({ headers: { range } }: Asked): number | undefined =>
  range === undefined ? undefined : Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
const ranges = () => server.asked.map(rangeOf);

/** Sends a file or the rest of it, and cuts the connection after this many bytes. */
const send = (
  asked: Asked,
  response: ServerResponse,
  { file = FILE, headers = ETAG, upTo = file.length }: { file?: Buffer; headers?: object; upTo?: number } = {},
) => {
  const start = rangeOf(asked) ?? 0;
  const isRest = rangeOf(asked) !== undefined;
  response.writeHead(isRest ? 206 : 200, {
    ...headers,
    'content-length': file.length - start,
    ...(isRest && { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
  });
  response.write(file.subarray(start, Math.min(file.length, start + upTo)), () => {
    if (start + upTo >= file.length) response.end();
    else setTimeout(() => response.destroy(), 20); // lets the written bytes arrive first
  });
};

describe('a download that breaks off', () => {
  test('goes on where it was, and each byte is asked for once', async () => {
    server.answer = (asked, response) => send(asked, response, { upTo: 70_000 });
    const { result, seen } = await download();
    expect(result.kind).toBe('fetched');
    expect(seen?.equals(FILE)).toBe(true);
    expect(ranges()).toEqual([undefined, 70_000, 140_000]);
    expect(server.asked.slice(1).map(({ headers }) => headers['if-range'])).toEqual(['"one"', '"one"']);
  });

  test('goes on by its time of change, too, where that is older than the answer', async () => {
    const headers = { 'last-modified': 'Mon, 23 Nov 2026 11:00:00 GMT', date: 'Mon, 23 Nov 2026 11:00:05 GMT' };
    server.answer = (asked, response) => send(asked, response, { headers, upTo: 150_000 });
    expect((await download()).seen?.equals(FILE)).toBe(true);
    expect(server.asked[1]?.headers['if-range']).toBe(headers['last-modified']);
  });

  test.each<[string, object]>([
    ['no ETag and no time', {}],
    ['a weak ETag', { etag: 'W/"one"' }],
    [
      'a time of change of this very second',
      { 'last-modified': 'Mon, 23 Nov 2026 11:00:00 GMT', date: 'Mon, 23 Nov 2026 11:00:00 GMT' },
    ],
    ['an ETag, and no ranges', { ...ETAG, 'accept-ranges': 'none' }],
  ])('is given up at once where its host has %s', async (_, headers) => {
    server.answer = (asked, response) => send(asked, response, { headers, upTo: 70_000 });
    const { result, seen } = await download();
    expect(result).toEqual({ kind: 'trouble', reason: expect.any(String) });
    expect(seen).toBeUndefined();
    expect(ranges()).toEqual([undefined]);
  });

  test('each time without a byte more is given up for now, and what came is kept', async () => {
    server.answer = (asked, response) => send(asked, response, { upTo: server.asked.length === 1 ? 70_000 : 0 });
    const { result, seen } = await download();
    expect(result).toMatchObject({ kind: 'trouble', begun: { bytes: 70_000, validator: '"one"', length: 200_000 } });
    expect(seen?.equals(FILE.subarray(0, 70_000))).toBe(true);
    expect(ranges()).toEqual([undefined, 70_000]);
  });

  test('again and again is given up for now after five times', async () => {
    server.answer = (asked, response) => send(asked, response, { upTo: 20_000 });
    expect((await download()).result).toMatchObject({ kind: 'trouble', begun: { bytes: 120_000 } });
  });

  test('after a few bytes keeps nothing: its receiver sees an error', async () => {
    server.answer = (asked, response) => send(asked, response, { upTo: server.asked.length === 1 ? 1000 : 0 });
    const { result, seen } = await download();
    expect(result).toEqual({ kind: 'trouble', reason: expect.any(String) });
    expect(seen).toBeUndefined();
  });

  test.each<[string, (asked: Asked, response: ServerResponse) => void]>([
    ['answers with all of it', (_, response) => void response.writeHead(200, ETAG).end(FILE)],
    ['has another file', (asked, response) => send(asked, response, { file: OTHER, headers: { etag: '"two"' } })],
    ['has a longer file', (asked, response) => send(asked, response, { file: Buffer.concat([FILE, OTHER]) })],
    [
      'answers another range',
      (_, response) => void response.writeHead(206, { ...ETAG, 'content-range': 'bytes 0-199999/200000' }).end(FILE),
    ],
    ['says that there is no such range', (_, response) => void response.writeHead(416).end()],
    [
      'leads elsewhere',
      (asked, response) =>
        asked.url === '/r.wav' ? response.writeHead(302, { location: '/other.wav' }).end() : send(asked, response),
    ],
  ])('is given up for now where its host then %s: no byte of that is mixed in', async (_, then) => {
    server.answer = (asked, response) =>
      rangeOf(asked) === undefined ? send(asked, response, { upTo: 70_000 }) : then(asked, response);
    const { result, seen } = await download();
    expect(result).toMatchObject({ kind: 'trouble', begun: { bytes: 70_000 } });
    expect(seen?.equals(FILE.subarray(0, 70_000))).toBe(true);
  });
});

describe('what an earlier try brought', () => {
  const begunAt = async (bytes: number): Promise<Begun> => {
    server.answer = (asked, response) => send(asked, response, { upTo: server.asked.length === 1 ? bytes : 0 });
    const { result } = await download();
    if (!result.begun) throw new Error('nothing was kept');
    server.asked.length = 0;
    return result.begun;
  };
  const kept = (begun: Begun) => ({ ...begun, read: async () => Readable.from([FILE.subarray(0, begun.bytes)]) });

  test('is not fetched again', async () => {
    const begun = await begunAt(70_000);
    server.answer = (asked, response) => send(asked, response);
    const { result, seen } = await download(kept(begun));
    expect(result.kind).toBe('fetched');
    expect(seen?.equals(FILE)).toBe(true);
    expect(ranges()).toEqual([70_000]);
  });

  test('is the beginning also behind a URL with a fresh signature', async () => {
    const begun = await begunAt(70_000);
    server.answer = (asked, response) => send(asked, response);
    expect((await download(kept(begun), {}, '/r.wav?signature=fresh')).seen?.equals(FILE)).toBe(true);
    expect(ranges()).toEqual([70_000]);
  });

  test('grows where the next try breaks off too', async () => {
    const begun = await begunAt(70_000);
    server.answer = (asked, response) => send(asked, response, { upTo: server.asked.length === 1 ? 60_000 : 0 });
    const { result, seen } = await download(kept(begun));
    expect(result).toMatchObject({ kind: 'trouble', begun: { bytes: 130_000 } });
    expect(seen?.equals(FILE.subarray(0, 130_000))).toBe(true);
  });

  test.each<[string, (asked: Asked, response: ServerResponse) => void]>([
    ['answers with all of it', (_, response) => void response.writeHead(200, { etag: '"two"' }).end(OTHER)],
    [
      'has a range of another file',
      (asked, response) => send(asked, response, { file: OTHER, headers: { etag: '"two"' } }),
    ],
    [
      'has a shorter file',
      (asked, response) =>
        rangeOf(asked) === undefined ? send(asked, response, { file: OTHER }) : response.writeHead(416).end(),
    ],
  ])('is dropped where its host %s: the whole is fetched anew', async (_, answer) => {
    const begun = await begunAt(70_000);
    server.answer = answer;
    const { result, seen } = await download(kept(begun));
    expect(result.kind).toBe('fetched');
    expect(seen?.equals(OTHER)).toBe(true);
  });

  test('that cannot be read is our own fault', async () => {
    const begun = await begunAt(70_000);
    server.answer = (asked, response) => send(asked, response);
    const away = new Error('S3 is away');
    await expect(download({ ...begun, read: () => Promise.reject(away) })).rejects.toBe(away);
  });

  test('and is too large with what is to come is rejected', async () => {
    const begun = await begunAt(70_000);
    server.answer = (asked, response) => {
      const start = rangeOf(asked) ?? 0;
      response
        .writeHead(206, { ...ETAG, 'content-range': `bytes ${start}-199999/200000` })
        .end(Buffer.alloc(2_000_000));
    };
    expect((await download(kept(begun))).result).toMatchObject({
      kind: 'rejected',
      reason: expect.stringMatching(/^too large/),
    });
  });
});

describe('a download that comes too slowly', () => {
  const dripping = (asked: Asked, response: ServerResponse) => {
    const start = rangeOf(asked) ?? 0;
    response.writeHead(start ? 206 : 200, {
      ...ETAG,
      'content-length': FILE.length - start,
      ...(start && { 'content-range': `bytes ${start}-${FILE.length - 1}/${FILE.length}` }),
    });
    let at = start;
    const drip = setInterval(() => {
      response.write(FILE.subarray(at, at + 2000));
      at += 2000;
      if (at >= FILE.length) response.end();
    }, 5);
    response.on('close', () => clearInterval(drip));
  };

  test('keeps what came in its time, again and again, until it is whole', async () => {
    server.answer = dripping;
    let begun: DownloadOptions['begun'];
    for (let tries = 1; ; tries += 1) {
      const { result, seen } = await download(begun, { totalMs: 150 });
      if (result.kind === 'fetched') {
        expect(tries).toBeGreaterThan(2);
        expect(seen?.equals(FILE)).toBe(true);
        return;
      }
      expect(result).toMatchObject({ kind: 'trouble', reason: expect.stringMatching(/^the source did not send/) });
      const bytes = Buffer.from(seen ?? []);
      begun = result.begun && { ...result.begun, read: async () => Readable.from([bytes]) };
    }
  });

  test('keeps what came where it gives way', async () => {
    server.answer = (_, response) => {
      response.writeHead(200, { ...ETAG, 'content-length': FILE.length }).write(FILE.subarray(0, 70_000));
    };
    const recordings = recordingsWith({
      allowHosts: [`127.0.0.1:${server.port}`],
      maxBytes: 1_000_000,
      download: { slowAfterMs: 1500 },
    });
    const result = await recordings.download(recordingAt(`${server.origin}/r.wav`), anywhere, buffer, never, {
      onSlow: async () => 'others wait',
    });
    expect(result).toMatchObject({ kind: 'gave-way', reason: 'others wait', begun: { bytes: 70_000 } });
  });

  test('keeps nothing where its lease is lost', async () => {
    server.answer = dripping;
    const lease = new AbortController();
    const lost = new Error('the lease is lost');
    setTimeout(() => lease.abort(lost), 100);
    const recordings = recordingsWith({ allowHosts: [`127.0.0.1:${server.port}`], maxBytes: 1_000_000 });
    const recording = recordingAt(`${server.origin}/r.wav`);
    await expect(recordings.download(recording, anywhere, buffer, lease.signal)).rejects.toBe(lost);
  });
});
