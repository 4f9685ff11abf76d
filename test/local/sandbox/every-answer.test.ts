import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKey, type Sandbox, startSandbox } from './harness.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());

describe('every answer', () => {
  test.each(['/sandbox', '/nowhere', '/v3/phone_numbers', '/v3/nowhere', '/cdn/nowhere', '/uploads/nowhere'])(
    'carries a trace id of 32 hex digits, repeated in an error: %s',
    async (path) => {
      const answer = await fetch(sandbox.origin + path, { headers: { authorization: `Bearer ${apiKey}` } });
      const traceId = answer.headers.get('x-trace-id');
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      if (!answer.ok) expect(await answer.json()).toMatchObject({ success: false, trace_id: traceId });
    },
  );

  test.each([{}, { authorization: 'Bearer wrong' }, { authorization: apiKey }, { authorization: `Basic ${apiKey}` }])(
    'is 401/2004 without the right token, before anything else is looked at: %j',
    async (headers) => {
      for (const path of ['/v3/chats/not-a-uuid/voicememo', '/v3/attachments', '/v3/nowhere']) {
        const answer = await fetch(sandbox.origin + path, { method: 'POST', headers, body: 'not json' });
        expect(answer.status).toBe(401);
        const message = 'Unauthorized - missing or invalid authentication token';
        expect(await answer.json()).toMatchObject({ success: false, error: { status: 401, code: 2004, message } });
      }
    },
  );

  test('to what Linq does not have is 404/2001 in the words of the reference', async () => {
    const answer = await sandbox.call('PATCH', '/v3/chats');
    expect(answer).toMatchObject({ status: 404, error: { status: 404, code: 2001, message: 'Resource not found' } });
  });
});
