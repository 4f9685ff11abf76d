import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accepted, CHAT, linqError, messengerTo, NOW_MS, URL_MEMO } from '../servers/linq.ts';
import { type Answer, json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp();
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});

const sendAnswered = (answer: Answer) => {
  server.answer = answer;
  return messengerTo(server.origin).sendVoiceMemo(CHAT, URL_MEMO);
};

describe('an answer of Linq, by HTTP status and error code', () => {
  test.each([
    [400, 1001, 'refused', { to: 'failed' }],
    [400, 1002, 'refused', { to: 'failed' }],
    [400, 1003, 'refused', { to: 'failed' }],
    [400, 1004, 'refused', { to: 'failed' }],
    [400, 1005, 'refused', { to: 'failed' }],
    [400, 5004, 'refused', { to: 'failed' }],
    [400, 5005, 'refused', { to: 'failed' }],
    [400, 5006, 'refused', { to: 'failed' }],
    [401, 2004, 'our-fault', {}],
    [403, 2005, 'our-fault', {}],
    [403, 2006, 'our-fault', {}],
    [403, 2008, 'refused', { to: 'failed' }],
    [403, 2011, 'our-fault', {}],
    [403, 2024, 'refused', { to: 'skipped' }],
    [403, 2026, 'refused', { to: 'skipped' }],
    [403, 2027, 'not-now', { waitsFor: 'line' }],
    [404, 2001, 'refused', { to: 'failed' }],
    [404, 2003, 'refused', { to: 'failed' }],
    [404, 2007, 'not-now', { waitsFor: 'linq' }],
    [409, 2009, 'not-now', { waitsFor: 'linq' }],
    [409, 2013, 'refused', { to: 'failed' }],
    [409, 2015, 'not-now', { waitsFor: 'line' }],
    [409, 2016, 'refused', { to: 'failed' }],
    [409, 2017, 'refused', { to: 'failed' }],
    [413, 5001, 'refused', { to: 'failed' }],
    [422, 1003, 'refused', { to: 'failed' }],
    [429, 1007, 'not-now', { waitsFor: 'linq' }],
    [500, 5001, 'unknown', {}],
    [500, 5002, 'cannot-fetch', {}],
    [500, 5003, 'unknown', {}],
    [500, 3001, 'unknown', {}],
    [500, 3002, 'unknown', {}],
    [500, 3003, 'unknown', {}],
    [500, 3004, 'unknown', {}],
    [500, 3006, 'unknown', {}],
    [500, 3007, 'unknown', {}],
    [500, 4001, 'unknown', {}],
    [500, 4002, 'unknown', {}],
    [504, 3005, 'unknown', {}],
    [503, 4004, 'unknown', {}],
    [400, 9999, 'refused', { to: 'failed' }],
    [403, 9999, 'our-fault', {}],
    [404, 9999, 'refused', { to: 'failed' }],
    [409, 9999, 'refused', { to: 'failed' }],
    [429, 9999, 'not-now', { waitsFor: 'linq' }],
    [500, 9999, 'unknown', {}],
  ])('%i/%i is %s, after exactly one POST', async (status, code, kind, extra) => {
    const outcome = await sendAnswered(
      json(status, linqError(status, code), { 'x-trace-id': 'trace', 'x-should-retry': 'true' }),
    );

    const trace = { code: `${status}/${code}`, traceId: 'trace' };
    expect(outcome).toMatchObject({ kind, ...extra, ...trace, reason: expect.any(String) });
    expect(server.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([`POST /v3/chats/${CHAT}/voicememo`]);
  });

  test.each([
    [400, 'refused'],
    [401, 'our-fault'],
    [404, 'refused'],
    [408, 'unknown'],
    [413, 'refused'],
    [418, 'refused'],
    [429, 'not-now'],
    [500, 'unknown'],
    [502, 'unknown'],
    [503, 'unknown'],
    [504, 'unknown'],
    [520, 'unknown'],
  ])('of %i with a gateway’s HTML is %s', async (status, kind) => {
    const outcome = await sendAnswered((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<html><h1>Oops</h1></html>');
    });

    expect(outcome).toMatchObject({ kind, code: String(status) });
    expect(server.asked).toHaveLength(1);
  });

  test.each([301, 302, 307, 308])('of %i is our fault, and the redirect is not followed', async (status) => {
    const outcome = await sendAnswered((_, response) => response.writeHead(status, { location: '/elsewhere' }).end());

    expect(outcome.kind).toBe('our-fault');
    expect(server.asked).toHaveLength(1);
  });
});

describe('what Linq says about waiting', () => {
  test.each([
    ['in seconds', 429, 1007, '90', 90_000],
    ['as a date', 429, 1007, new Date(NOW_MS + 60_000).toUTCString(), 60_000],
    ['until tomorrow', 429, 1007, '43200', 43_200_000],
    ['for an attachment', 404, 2007, '2', 2000],
    ['for a line, before our own idea of it', 403, 2027, '60', 60_000],
  ])('is kept: %s', async (_, status, code, header, retryAfterMs) => {
    const outcome = await sendAnswered(json(status, linqError(status, code), { 'retry-after': header }));

    expect(outcome).toMatchObject({ kind: 'not-now', retryAfterMs });
  });

  test.each([
    ['where that is all there is', {}, 3600, 3_600_000],
    ['unless the header says otherwise', { 'retry-after': '90' }, 3600, 90_000],
    ['but a day at most', {}, 1e300, 86_400_000],
    ['unless it is no number of seconds', {}, '3600', undefined],
    ['unless it lies in the past', {}, -1, undefined],
  ])('is kept in the body of the error too, %s', async (_, header, retry_after, retryAfterMs) => {
    const { error, ...rest } = linqError(429, 1007);
    const outcome = await sendAnswered(json(429, { ...rest, error: { ...error, retry_after } }, header));

    expect(outcome.kind === 'not-now' && outcome.retryAfterMs).toBe(retryAfterMs);
  });

  test('is nothing where there is no Retry-After', async () => {
    expect(await sendAnswered(json(429, linqError(429, 1007)))).not.toHaveProperty('retryAfterMs');
  });

  test('is hours for a line that may not send at the moment', async () => {
    const outcome = await sendAnswered(json(403, linqError(403, 2027)));

    expect(outcome.kind === 'not-now' && outcome.retryAfterMs).toBeGreaterThanOrEqual(60 * 60 * 1000);
  });
});

describe('a 2xx', () => {
  test.each([200, 201, 202])('of %i with a message id is done', async (status) => {
    const outcome = await sendAnswered(json(status, accepted, { 'x-trace-id': 'trace' }));

    expect(outcome).toEqual({
      kind: 'done',
      messageId: '69a37c7d-af4f-4b5e-af42-e28e98ce873a',
      attachmentId: '9a1f1b62-7a0e-4d3d-8f3d-0d1f6a0c7d11',
      code: String(status),
      traceId: 'trace',
    });
  });

  test('with a message id alone is done', async () => {
    const outcome = await sendAnswered(json(202, { voice_memo: { id: 'message-1' } }));

    expect(outcome).toEqual({ kind: 'done', messageId: 'message-1', code: '202' });
  });

  test.each([
    ['an empty object', json(202, {})],
    ['null', json(202, null)],
    ['text in JSON', json(202, 'queued')],
    ['a memo without an id', json(202, { voice_memo: { status: 'queued' } })],
    ['a memo with an empty id', json(202, { voice_memo: { id: '' } })],
    ['a memo whose id is no text', json(202, { voice_memo: { id: { is: 'odd' } } })],
    ['a memo that is null', json(202, { voice_memo: null })],
    ['no body', (_, response) => response.writeHead(204).end()],
    ['an empty body', (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end()],
    ['broken JSON', (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"voice')],
    ['a page', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')],
  ] satisfies [string, Answer][])('with %s is unknown, after exactly one POST', async (_, answer) => {
    expect(await sendAnswered(answer)).toMatchObject({ kind: 'unknown' });
    expect(server.asked).toHaveLength(1);
  });
});

test.each([
  ['a URL', URL_MEMO, { voice_memo_url: URL_MEMO.url }],
  ['an attachment', { attachmentId: 'att-1' }, { attachment_id: 'att-1' }],
])('the request carries %s and nothing else', async (_, memo, body) => {
  server.answer = json(202, accepted);

  await messengerTo(server.origin).sendVoiceMemo(CHAT, memo);

  expect(JSON.parse(String(server.asked[0]?.body))).toEqual(body);
  expect(server.asked[0]?.headers['content-type']).toMatch(/^application\/json/);
});
