import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fetching, fetchBytes, MAX_BYTES, recordingsWith } from '../servers/fetching.ts';
import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

const AUDIO = Buffer.from('RIFF and so on, and on, and on, and on');

let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp();
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});
/** The result of a fetch from a host that answers with this Content-Encoding and these bytes. */
const fetching = (
  encoding: string,
  body: Buffer,
  { sized = true, ...options }: Fetching & { sized?: boolean } = {},
) => {
  server.answer = (_, response) => {
    response
      .writeHead(200, { 'content-encoding': encoding, ...(sized && { 'content-length': body.length }) })
      .end(body);
  };
  const recordings = recordingsWith({ allowHosts: [`127.0.0.1:${server.port}`], ...options });
  return fetchBytes(recordings, `${server.origin}/r.wav`);
};
const packings: [string, Buffer][] = [
  ['gzip', zlib.gzipSync(AUDIO)],
  ['GZIP', zlib.gzipSync(AUDIO)],
  ['x-gzip', zlib.gzipSync(AUDIO)],
  ['aws-chunked, gzip', zlib.gzipSync(AUDIO)],
  ['deflate', zlib.deflateSync(AUDIO)],
  ['deflate', zlib.deflateRawSync(AUDIO)],
  ['br', zlib.brotliCompressSync(AUDIO)],
  ['zstd', zlib.zstdCompressSync(AUDIO)],
];

test.each([
  ...[
    'identity',
    'Identity',
    'IDENTITY',
    'aws-chunked',
    'AWS-Chunked',
    'aws-chunked,identity',
    'binary',
    'none',
    'utf-8',
    'UTF-8',
  ],
  ...['8bit', 'base64', 'mp3', 'audio/mpeg', 'chunked', 'x-unknown', ' ', ','],
])('plain bytes with Content-Encoding "%s" are fetched as they are', async (encoding) => {
  expect(await fetching(encoding, AUDIO)).toEqual({ kind: 'fetched', value: AUDIO });
  expect(server.asked[0]?.headers['accept-encoding']).toBe('identity');
});

describe('packed bytes', () => {
  test.each(packings)('as %s are unpacked, their length known or not', async (encoding, body) => {
    expect(await fetching(encoding, body)).toEqual({ kind: 'fetched', value: AUDIO });
    expect(await fetching(encoding, body, { sized: false })).toEqual({ kind: 'fetched', value: AUDIO });
  });

  test.each(packings)('as %s that are cut short are never taken for whole', async (encoding, body) => {
    const fetched = await fetching(encoding, body.subarray(0, -3));
    expect(fetched).toEqual({ kind: 'rejected', reason: expect.stringContaining('cannot unpack it') });
  });

  test.each(packings)('as %s that the wire cut short are fetched again', async (encoding, body) => {
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'content-length': body.length });
      response.write(body.subarray(0, -3), () => response.destroy());
    };
    const recordings = recordingsWith({ allowHosts: [`127.0.0.1:${server.port}`] });
    expect(await fetchBytes(recordings, `${server.origin}/r.wav`)).toMatchObject({ kind: 'trouble' });
  });

  const bomb = Buffer.alloc(50_000_000);
  test.each([
    ['gzip', zlib.gzipSync(bomb)],
    ['deflate', zlib.deflateSync(bomb)],
    ['br', zlib.brotliCompressSync(bomb, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['zstd', zlib.zstdCompressSync(bomb)],
  ])('as %s that become too large are refused as they do', async (encoding, body) => {
    const fetched = await fetching(encoding, body, { maxBytes: 1_000_000 });
    expect(fetched).toEqual({
      kind: 'rejected',
      reason: `too large: more than 1000000 bytes, unpacked from ${encoding}`,
    });
  });

  test.each([
    ['gzip', AUDIO],
    ['zstd', AUDIO],
    ['gzip', Buffer.from('R')],
    ['gzip', Buffer.alloc(0)],
  ])('as %s that are plain in truth are fetched as they are', async (encoding, body) => {
    expect(await fetching(encoding, body)).toEqual({ kind: 'fetched', value: body });
  });

  test.each(['br', 'deflate'])('as %s that are no such thing are rejected with the reason', async (encoding) => {
    const reason = `the recording came with Content-Encoding ${encoding}, and Aftercall cannot unpack it`;
    expect(await fetching(encoding, Buffer.alloc(MAX_BYTES, 0xff))).toEqual({ kind: 'rejected', reason });
  });

  test.each([
    ['compress', 'the recording came packed as compress, which Aftercall cannot unpack'],
    ['x-compress', 'the recording came packed as compress, which Aftercall cannot unpack'],
    ['gzip, br', 'the recording came packed 2 times'],
  ])('as %s are rejected with the reason', async (encoding, reason) => {
    expect(await fetching(encoding, AUDIO)).toEqual({ kind: 'rejected', reason });
  });
});
