import { type Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anywhere, type Fetching, fetchBytes, MAX_BYTES, recordingAt, recordingsWith } from '../servers/fetching.ts';
import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

const never = new AbortController().signal;

let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp();
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});

const recordings = (fetching: Fetching = {}) =>
  recordingsWith({ allowHosts: [`127.0.0.1:${server.port}`], ...fetching });
const fetching = (options?: Fetching) => fetchBytes(recordings(options), `${server.origin}/r.wav`);
/** Downloads, and reports what the receiver of the bytes saw. */
const watching = async (into: (body: Readable) => Promise<unknown> = buffer, lease = never) => {
  let seen: unknown = 'nothing';
  const fetched = await recordings().download(
    recordingAt(`${server.origin}/r.wav`),
    anywhere,
    async (body) => {
      seen = await into(body).catch((error: unknown) => error);
      if (seen instanceof Error) throw seen;
    },
    lease,
  );
  return { fetched, seen };
};

describe('a recording that is too large', () => {
  test('by its Content-Length is refused before a byte is handed on', async () => {
    server.answer = (_, response) => response.writeHead(200, { 'content-length': MAX_BYTES + 1 }).write('R');

    const { fetched, seen } = await watching();

    expect(fetched).toEqual({ kind: 'rejected', reason: `too large: ${MAX_BYTES + 1} bytes` });
    expect(seen).toBe('nothing');
  });

  test('without a Content-Length is refused when it passes the limit, and its receiver sees an error', async () => {
    server.answer = (_, response) => {
      response.write(Buffer.alloc(MAX_BYTES));
      response.end('1');
    };

    const { fetched, seen } = await watching();

    expect(fetched).toEqual({ kind: 'rejected', reason: expect.stringMatching(/^too large/) });
    expect(seen).toBeInstanceOf(Error);
  });

  test('that never ends is cut off', async () => {
    server.answer = (_, response) => {
      const more = () => void (response.write(Buffer.alloc(500)) && setImmediate(more));
      response.on('drain', more);
      more();
    };

    expect(await fetching()).toMatchObject({ kind: 'rejected' });
  });

  test.each([0, 1, MAX_BYTES])('is not one of %i bytes, however it is framed', async (length) => {
    server.answer = ({ url }, response) => {
      if (url === '/chunked') response.flushHeaders();
      response.end(Buffer.alloc(length));
    };

    for (const path of ['/sized', '/chunked']) {
      const fetched = await fetchBytes(recordings(), server.origin + path);
      expect(fetched).toEqual({ kind: 'fetched', value: Buffer.alloc(length) });
    }
  });
});

test.each([
  ['with its length, where the source says it', true, 4],
  ['without one, where the source does not', false, undefined],
])('the bytes are handed on %s', async (_, sized, length) => {
  server.answer = (_asked, response) => {
    if (!sized) response.flushHeaders();
    response.end('RIFF');
  };

  const fetched = await recordings().download(
    recordingAt(`${server.origin}/r.wav`),
    anywhere,
    async (body, bytes) => [await text(body), bytes],
    never,
  );

  expect(fetched).toEqual({ kind: 'fetched', value: ['RIFF', length] });
});

describe('a body that is cut short is trouble, and its receiver sees an error', () => {
  test('below its Content-Length', async () => {
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('RIFF', () => response.destroy());
    };

    const { fetched, seen } = await watching();

    expect(fetched).toMatchObject({ kind: 'trouble' });
    expect(seen).toBeInstanceOf(Error);
  });

  test('between two chunks', async () => {
    server.answer = (_, response) => void response.write('RIFF', () => response.destroy());

    const { fetched, seen } = await watching();

    expect(fetched).toMatchObject({ kind: 'trouble' });
    expect(seen).toBeInstanceOf(Error);
  });
});

describe('time', () => {
  test('without headers runs out', async () => {
    server.answer = () => {};

    expect(await fetching({ download: { headersMs: 50 } })).toEqual({
      kind: 'trouble',
      reason: expect.stringContaining('UND_ERR_HEADERS_TIMEOUT'),
    });
  });

  test('without a byte runs out', async () => {
    server.answer = (_, response) => void response.write('RIFF');

    expect(await fetching({ download: { idleMs: 50 } })).toEqual({
      kind: 'trouble',
      reason: expect.stringContaining('UND_ERR_BODY_TIMEOUT'),
    });
  });

  test('runs out in all, though the bytes keep coming', async () => {
    server.answer = (_, response) => {
      const drip = setInterval(() => response.write('R'), 5);
      response.on('close', () => clearInterval(drip));
    };

    expect(await fetching({ download: { totalMs: 100 } })).toEqual({
      kind: 'trouble',
      reason: 'the source did not send the recording whole in 0.1 s',
    });
  });

  test('runs out for the redirects together', async () => {
    let hops = 0;
    server.answer = (_, response) => {
      hops += 1;
      if (hops < 3) response.writeHead(302, { location: `/${hops}` }).end();
    };

    expect(await fetching({ download: { totalMs: 100 } })).toMatchObject({ kind: 'trouble' });
  });
});

test('nobody at the other end is trouble', async () => {
  const gone = await scriptedHttp();
  await gone.stop();

  const fetched = await fetchBytes(recordingsWith({ allowHosts: [`127.0.0.1:${gone.port}`] }), `${gone.origin}/r.wav`);

  expect(fetched).toEqual({ kind: 'trouble', reason: expect.stringContaining('ECONNREFUSED') });
});

describe('trouble of our own is thrown, never called the source’s', () => {
  const away = Object.assign(new Error('S3 is away'), { code: 'ECONNREFUSED' });
  beforeEach(() => {
    server.answer = (_, response) => response.end('audio');
  });

  test('when the receiver fails at once', async () => {
    await expect(watching(() => Promise.reject(away))).rejects.toBe(away);
  });

  test('when the receiver fails half-way and takes the stream down with it', async () => {
    const sink = () => new Writable({ write: (_chunk, _encoding, done) => done(away) });

    await expect(watching((body) => pipeline(body, sink()))).rejects.toBe(away);
  });

  test('when the lease is lost before the headers', async () => {
    const lease = new AbortController();
    server.answer = () => lease.abort(away);

    await expect(watching(buffer, lease.signal)).rejects.toBe(away);
  });

  test('when the lease is lost during the body', async () => {
    const lease = new AbortController();
    server.answer = (_, response) => void response.write('RIFF', () => lease.abort(away));

    await expect(watching(buffer, lease.signal)).rejects.toBe(away);
  });
});
