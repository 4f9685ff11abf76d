import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linqError, mediaPart, messengerTo } from '../servers/linq.ts';
import { type Answer, json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { message } from './linq-list.ts';

let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp();
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});

describe('the files of one message', () => {
  const MESSAGE = '69a37c7d-af4f-4b5e-af42-e28e98ce873a';
  const files = () => messengerTo(server.origin).filesOf(MESSAGE);

  test('are asked for by its id, and are the ids of its parts but for texts and what was deleted', async () => {
    const parts = [mediaPart, { type: 'text', id: 'a-text', value: 'Hello' }, { type: 'media', reactions: null }];
    server.answer = json(200, message(1, { parts }));
    expect(await files()).toMatchObject({ kind: 'files', attachments: [mediaPart.id] });
    expect(server.asked).toMatchObject([{ method: 'GET', url: `/v3/messages/${MESSAGE}` }]);
  });

  test('are none where there is no such message any more', async () => {
    server.answer = json(404, linqError(404, 2001));
    expect(await files()).toEqual({ kind: 'files', attachments: [] });
  });

  test.each([
    ['what cannot be read', json(200, { parts: 'many' }), 'not-now'],
    ['a page', (_: unknown, response: { end(text: string): void }) => response.end('<html>'), 'not-now'],
    ['429', json(429, linqError(429, 1007)), 'not-now'],
    ['401', json(401, linqError(401, 2004)), 'our-fault'],
  ] as [string, Answer, string][])('are not known from %s', async (_, answer, kind) => {
    server.answer = answer;
    expect(await files()).toMatchObject({ kind });
  });
});
