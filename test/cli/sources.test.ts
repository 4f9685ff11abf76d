import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WebhookTrace } from '../../functions/core/model/traces.ts';
import { recordTrace } from '../../functions/core/store/record-trace.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { KEY, testApi } from '../http/api.ts';
import { aMemo, ID } from '../http/memo.ts';
import { running } from './running.ts';

// The command against the real API over fakes.

const AT = '2026-03-04T12:00:00.000Z';
const api = testApi({
  memos: [aMemo({ createdAt: '2026-03-04T11:00:00.000Z' })],
  clock: manualClock(AT),
  inspects: true,
});
const server = http.createServer(getRequestListener(api.app.fetch));
let environment: Record<string, string>;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  environment = { AFTERCALL_URL: `http://127.0.0.1:${port}`, AFTERCALL_API_KEY: KEY };
  await trace({ id: 'first', payload: '{"note": "masked"}' });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const trace = (over: Partial<WebhookTrace['trace']>) => {
  const given = {
    id: 't',
    source: 'twilio',
    outcome: 'refused' as const,
    count: 1,
    at: AT,
    reason: 'x does not match',
  };
  return recordTrace(api.keyValues)({ v: 2, trace: { ...given, ...over } });
};

test('of one source it shows the counts of today and the last webhooks, and what became of them', async () => {
  const { code, out } = await running(['sources', 'twilio'], { environment });
  expect(code).toBe(0);
  expect(out).toMatch(/accepted today/);
  expect(out).toMatch(new RegExp(`2026-03-04 11:00:00 +accepted +${ID} sent`));
  expect(out).toMatch(/2026-03-04 12:00:00 +refused +x does not match +\(--payload first\)/);
  const { json } = await running(['sources', 'twilio', '--json'], { environment });
  expect(json).toMatchObject({
    sources: [{ name: 'twilio', refused: { today: 1 } }],
    events: [{ id: 'first' }, { id: ID }],
  });
});

test('it prints a payload by the id of its event, and says why there is none', async () => {
  const { code, out } = await running(['sources', 'twilio', '--payload', 'first'], { environment });
  expect([code, out]).toEqual([0, '{"note": "masked"}\n']);
  const none = await running(['sources', 'twilio', '--payload', 'other'], { environment });
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('No payload of this event is kept.')]);
});

test.each([[[]], [['--json']]])('--follow %j prints a webhook that comes, once, until it is ended', async (more) => {
  const end = new AbortController();
  const id = `news${more.length}`;
  let isPosted = false;
  const { code, out } = await running(['sources', 'twilio', '--follow', ...more], {
    environment,
    until: end.signal,
    seen: (said) => {
      if (said.includes('first') && !isPosted) {
        isPosted = true;
        void trace({ id, reason: `reason of ${id}`, at: `2026-03-04T12:0${more.length + 1}:00.000Z` });
      }
      if (said.includes(`reason of ${id}`)) end.abort();
    },
  });
  expect(code).toBe(0);
  expect(out.split(`reason of ${id}`)).toHaveLength(2);
  if (more.length > 0) for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('outcome');
});

test('a source that the configuration does not have, and --follow without a source, are a wrong call', async () => {
  expect((await running(['sources', 'nothing'], { environment })).code).toBe(2);
  expect((await running(['sources', '--follow'], { environment })).code).toBe(2);
});
