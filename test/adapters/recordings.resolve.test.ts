import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Recording } from '../../functions/core/model/recording.ts';
import { anywhere, recordingAt, recordingsWith } from '../servers/fetching.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

// One source's event names no URL (the source reads its call log later); the other's URL has expired.

const AUDIO = Buffer.from('the sound of a call');
let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp();
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});

const readUrl = (answer: unknown): string | undefined => {
  const url = Object(answer).recording;
  return typeof url === 'string' ? `${server.origin}${url}` : undefined;
};
const plan = () => ({ ...anywhere, notYet: [404], freshUrl: () => ({ url: `${server.origin}/log`, read: readUrl }) });
const download = (
  media: Recording['media'] & { kind: 'url' | 'ask' },
  withPlan: ReturnType<typeof plan> | typeof anywhere = plan(),
) =>
  recordingsWith({ allowHosts: [`127.0.0.1:${server.port}`] }).download(
    { ...recordingAt('https://unused.example/r'), media },
    withPlan,
    (body) => buffer(body),
    new AbortController().signal,
  );

test('a recording without a URL is fetched from where its source says it is', async () => {
  server.answer = (request, response) =>
    request.url === '/log' ? json(200, { recording: '/audio' })(request, response) : response.end(AUDIO);
  expect(await download({ kind: 'ask' })).toEqual({ kind: 'fetched', value: AUDIO });
});

test('a recording that its source does not know yet is not there yet', async () => {
  server.answer = json(200, { recording: null });
  expect(await download({ kind: 'ask' })).toMatchObject({ kind: 'not-yet' });
});

test('a recording without a URL, of a source that cannot be asked, is rejected', async () => {
  expect(await download({ kind: 'ask' }, { ...anywhere, notYet: [] })).toMatchObject({ kind: 'rejected' });
  expect(server.asked).toEqual([]);
});

test.each([400, 403, 410])('a URL that has expired, as %i says, is replaced by a fresh one, once', async (status) => {
  const expired = `${server.origin}/expired`;
  server.answer = (request, response) => {
    if (request.url === '/log') return json(200, { recording: '/audio' })(request, response);
    if (request.url === '/expired') return response.writeHead(status).end();
    return response.end(AUDIO);
  };
  expect(await download({ kind: 'url', url: expired })).toEqual({ kind: 'fetched', value: AUDIO });
});
