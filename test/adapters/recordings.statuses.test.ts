import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FetchPlan } from '../../functions/core/ports/source.ts';
import { anywhere, fetchBytes, NOW_MS, recordingsWith } from '../servers/fetching.ts';
import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

let server: ScriptedHttp;
let recordings: ReturnType<typeof recordingsWith>;
beforeEach(async () => {
  server = await scriptedHttp();
  recordings = recordingsWith({ allowHosts: [`127.0.0.1:${server.port}`] });
});
afterEach(async () => {
  await server.quiet(); // the adapter itself has closed every connection
  await server.stop();
});

const inSeconds = (seconds: number) => new Date(NOW_MS + seconds * 1000).toUTCString();

describe('an answer to a download', () => {
  test.each([
    [200, 'fetched'],
    [202, 'not-yet'],
    [204, 'not-yet'],
    [401, 'trouble'],
    [403, 'trouble'],
    [408, 'trouble'],
    [425, 'trouble'],
    [429, 'trouble'],
    [500, 'trouble'],
    [502, 'trouble'],
    [503, 'trouble'],
    [504, 'trouble'],
    [599, 'trouble'],
    [404, 'rejected'],
    [410, 'rejected'],
    [201, 'rejected'],
    [206, 'rejected'],
    [304, 'rejected'],
    [400, 'rejected'],
    [402, 'rejected'],
    [405, 'rejected'],
    [409, 'rejected'],
    [418, 'rejected'],
    [451, 'rejected'],
  ])('of %i is %s', async (status, kind) => {
    server.answer = (_, response) => response.writeHead(status).end();

    const fetched = await fetchBytes(recordings, `${server.origin}/r.wav`);

    expect(fetched.kind).toBe(kind);
    if (fetched.kind !== 'fetched') expect(fetched.reason).toContain(String(status));
    expect(server.asked).toHaveLength(1);
  });

  test.each([404, 403, 409, 500])('of %i that the plan calls "not yet" is just that', async (status) => {
    server.answer = (_, response) => response.writeHead(status, { 'retry-after': '7' }).end();

    const fetched = await fetchBytes(recordings, `${server.origin}/r.wav`, { ...anywhere, notYet: [status] });

    expect(fetched).toEqual({ kind: 'not-yet', reason: expect.any(String), retryAfterMs: 7000 });
  });

  test.each([404, 410])('of %i says that the recording is gone', async (status) => {
    server.answer = (_, response) => response.writeHead(status).end();

    expect(await fetchBytes(recordings, `${server.origin}/r.wav`)).toMatchObject({
      reason: expect.stringMatching(/^gone/),
    });
  });

  test.each([
    ['in seconds', 429, '120', 120_000],
    ['as a date', 503, inSeconds(90), 90_000],
    ['as a date that has passed', 503, inSeconds(-90), 0],
    ['on 202', 202, '3', 3000],
    ['on 401', 401, '60', 60_000],
  ])('carries its Retry-After %s', async (_, status, header, retryAfterMs) => {
    server.answer = (_asked, response) => response.writeHead(status, { 'retry-after': header }).end();

    expect(await fetchBytes(recordings, `${server.origin}/r.wav`)).toMatchObject({ retryAfterMs });
  });

  test.each([undefined, 'soon'])('has no wait of its own where Retry-After is %s', async (header) => {
    server.answer = (_, response) => response.writeHead(503, header ? { 'retry-after': header } : {}).end();

    expect(await fetchBytes(recordings, `${server.origin}/r.wav`)).not.toHaveProperty('retryAfterMs');
  });
});

describe('a stale URL', () => {
  const plan = (): FetchPlan => ({
    ...anywhere,
    freshUrl: () => ({
      url: `${server.origin}/api/recordings/RE1`,
      read: (json) => (typeof json === 'object' && json && 'url' in json ? String(json.url) : undefined),
    }),
  });

  test.each([401, 403, 404, 410])('(%i) is asked for anew once, and the fresh one used', async (status) => {
    server.answer = ({ url }, response) => {
      if (url.startsWith('/stale')) response.writeHead(status).end();
      else if (url.startsWith('/api')) response.end(JSON.stringify({ url: `${server.origin}/fresh` }));
      else response.end('audio');
    };

    const fetched = await fetchBytes(recordings, `${server.origin}/stale`, plan());

    expect(fetched).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
    expect(server.asked.map(({ url }) => url)).toEqual(['/stale', '/api/recordings/RE1', '/fresh']);
  });

  test('that is stale when fresh is not asked for again', async () => {
    server.answer = ({ url }, response) => {
      if (url.startsWith('/api')) response.end(JSON.stringify({ url: `${server.origin}/fresh` }));
      else response.writeHead(404).end();
    };

    const fetched = await fetchBytes(recordings, `${server.origin}/stale`, plan());

    expect(fetched.kind).toBe('rejected');
    expect(server.asked.map(({ url }) => url)).toEqual(['/stale', '/api/recordings/RE1', '/fresh']);
  });

  test.each([
    ['at a private address', 'https://127.0.0.1/r.wav'],
    ['over http elsewhere', 'http://cdn.example/r.wav'],
    ['that is no URL', 'later'],
  ])('whose fresh URL is one %s is rejected', async (_, url) => {
    server.answer = (asked, response) => {
      if (asked.url.startsWith('/api')) response.end(JSON.stringify({ url }));
      else response.writeHead(403).end();
    };

    expect(await fetchBytes(recordings, `${server.origin}/stale`, plan())).toMatchObject({ kind: 'rejected' });
  });

  test.each([200, 202, 429, 500])('is not what %i means', async (status) => {
    server.answer = (_, response) => response.writeHead(status).end();

    await fetchBytes(recordings, `${server.origin}/r.wav`, plan());

    expect(server.asked).toHaveLength(1);
  });
});
