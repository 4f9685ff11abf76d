import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Bridge, defineBridge, secret } from '../../functions/config.ts';
import { standardWebhooks } from '../../functions/sources/standard-webhooks.ts';
import { twilio } from '../../functions/sources/twilio.ts';
import { vapi } from '../../functions/sources/vapi.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { type LinqAccount, linqAccount } from './linq-account.ts';
import { printed, running } from './running.ts';

const API_KEY = 'canary-of-the-api-key';
const TOKEN = 'canary-of-the-twilio-token';
const CHAT = randomUUID();
const [LINE, PERSON] = ['+12025550100', '+12025550147'];

const HEALTHY = {
  ok: true,
  up: { ledger: true, bucket: true, queues: true },
  queues: { recordings: 0, memos: 0, dead_letters: 0 },
};

let linq: LinqAccount;
let api: ScriptedHttp;
let environment: Record<string, string>;
beforeAll(async () => {
  linq = await linqAccount();
  api = await scriptedHttp((asked, response) => {
    if (asked.url === '/health') return json(200, HEALTHY)(asked, response);
    if (asked.url.startsWith('/hooks/'))
      return json(401, { error: { code: 'not_authentic', message: 'no' } })(asked, response);
    if (asked.headers.authorization === `Bearer ${API_KEY}`)
      return json(200, asked.url === '/sources' ? { sources: [{ name: 'twilio', accepted_today: 0 }] } : { memos: [] })(
        asked,
        response,
      );
    return json(401, { error: { code: 'unauthorized', message: 'no' } })(asked, response);
  });
});
afterAll(async () => {
  await linq.server.stop();
  await api.stop();
});
beforeEach(() => {
  Object.assign(linq, {
    lines: [{ phone_number: LINE, status: 'HEALTHY' }],
    chats: [{ id: CHAT, is_group: false, line: LINE, with: PERSON }],
    skewMs: 0,
  });
  environment = {
    PORT: String(api.port),
    AFTERCALL_DATA: '/nowhere/at/all',
    AFTERCALL_API_KEY: API_KEY,
    TWILIO_AUTH_TOKEN: TOKEN,
    LINQ_API_V3_API_KEY: linq.key,
    LINQ_API_V3_BASE_URL: linq.server.origin,
    LINQ_WEBHOOK_SECRET: 'whsec_canary-of-the-webhook-of-linq',
  };
});

const SOURCES = {
  twilio: twilio({ authToken: secret('TWILIO_AUTH_TOKEN') }),
  vapi: vapi({ secret: secret('VAPI_SECRET'), privateKey: secret('VAPI_PRIVATE_KEY') }),
  'standard-webhooks': standardWebhooks({ secret: secret('STANDARD_WEBHOOKS_SECRET') }),
};
const ROUTES: Bridge['routes'] = [
  { when: { source: 'twilio', to: LINE }, send: [{ chat: CHAT }, { line: LINE, handle: PERSON }] },
];
const doctor = (routes: Bridge['routes'] = ROUTES, ...argv: string[]) =>
  running(['doctor', ...argv], { environment, bridge: async () => defineBridge({ sources: SOURCES, routes }) });
const faults = async (...given: Parameters<typeof doctor>) => {
  const { code, json: told } = await doctor(given[0], ...given.slice(1).map(String), '--json');
  const checks = told.checks as { what: string; state: string; says: string; fix: string }[];
  return { code, faults: checks.filter(({ state }) => state === 'fault') };
};

test('a bridge that is set up ends in green', async () => {
  const { code, out, err } = await doctor();
  expect([code, err]).toEqual([0, '']);
  expect(out.trimEnd().split('\n').at(-1)).toBe('all is well');
  for (const said of [
    /✓ {2}secrets +twilio +is on/,
    /✓ {2}linq +key +Linq accepts it/,
    /✓ {2}linq +line \+1 ••• ••• 0100 +HEALTHY/,
    /✓ {2}routes +routes.0: chat \S+ +exists, HEALTHY/,
    /✓ {2}routes +routes.0: line \+1 ••• ••• 0100 +belongs to this account/,
    /✓ {2}bridge +ledger +DynamoDB answers/,
    /✓ {2}bridge +bucket +S3 answers/,
    /✓ {2}bridge +queues +SQS answers/,
    /· {2}bridge +queues +hold 0 recordings and 0 memos/,
    /✓ {2}bridge +API key +is accepted/,
    /· {2}sources +twilio +its hook answers; nothing has come yet. Check at the vendor that its webhook is on and posts to \S+\/hooks\/twilio/,
    /✓ {2}machine +clock +agrees with Linq's/,
    /· {2}off: vapi, standard-webhooks; /,
  ])
    expect(out).toMatch(said);
  expect(out).not.toContain('✗');
});

test('what Linq is asked changes nothing there', () => {
  expect(linq.server.asked.length).toBeGreaterThan(0);
  expect(linq.server.asked.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('mistakes in the environment and in bridge.config.ts are each named with a fix', async () => {
  environment.PORT = 'http';
  environment.PUBLIC_URL = 'calls.example.com';
  const { code, faults: found } = await faults([
    { when: { source: 'twillio' }, send: { chat: CHAT } },
    { when: {}, send: { chat: 'nobody' } },
  ]);
  expect(code).toBe(1);
  expect(found.map(({ what, fix }) => [what, fix])).toEqual([
    ['PORT', 'export PORT=8787'],
    ['PUBLIC_URL', 'export PUBLIC_URL=https://calls.example.com'],
    ['routes.0.when.source', "fix routes.0.when.source in bridge.config.ts, or add that source under 'sources'"],
    [
      'routes.1.send.chat',
      "fix routes.1.send.chat in bridge.config.ts, for example chat: '550e8400-e29b-41d4-a716-446655440000'",
    ],
  ]);
});

test('a secret that can be none is wrong, and its source is not on', async () => {
  environment.TWILIO_AUTH_TOKEN = '=';
  environment.LINQ_WEBHOOK_SECRET = 'whsec_';
  const { code, faults: found } = await faults();
  expect(code).toBe(1);
  expect(found).toMatchObject([
    {
      what: 'twilio',
      says: 'is off, and wrong: TWILIO_AUTH_TOKEN is too short to be a secret: 0 characters',
      fix: 'npx aftercall secrets set TWILIO_AUTH_TOKEN',
    },
    { what: 'LINQ_WEBHOOK_SECRET', says: 'is too short to be a secret: 0 characters' },
  ]);
});

test('a placeholder in the place of a secret to fetch with makes its source wrong, and not on', async () => {
  environment.VAPI_SECRET = 'canary-of-vapi';
  environment.VAPI_PRIVATE_KEY = '<your private key>'.replaceAll(' ', '-');
  const { code, faults: found } = await faults();
  expect(code).toBe(1);
  expect(found).toMatchObject([
    {
      what: 'vapi',
      says: 'is wrong: the source takes webhooks, but the bridge cannot fetch their recordings: VAPI_PRIVATE_KEY is a placeholder: set the real value',
      fix: 'npx aftercall secrets set VAPI_PRIVATE_KEY',
    },
  ]);
});

test('secrets that are absent where one is needed are named, with the line that sets them', async () => {
  delete environment.TWILIO_AUTH_TOKEN;
  environment.VAPI_SECRET = 'canary-of-vapi';
  const { code, faults: found } = await faults();
  expect(code).toBe(1);
  expect(found).toMatchObject([
    {
      what: 'twilio',
      says: 'is off, though a route names it: TWILIO_AUTH_TOKEN is absent',
      fix: 'npx aftercall secrets set TWILIO_AUTH_TOKEN',
    },
    {
      what: 'vapi',
      says: 'is on, but cannot fetch recordings: VAPI_PRIVATE_KEY is absent',
      fix: 'npx aftercall secrets set VAPI_PRIVATE_KEY',
    },
  ]);
});

test('a key that Linq refuses', async () => {
  environment.LINQ_API_V3_API_KEY = 'canary-of-a-wrong-key';
  expect(await faults()).toMatchObject({
    code: 1,
    faults: [
      {
        what: 'key',
        says: 'Linq refuses our key (401/2004)',
        fix: expect.stringMatching(/^npx aftercall secrets set LINQ_API_V3_API_KEY/),
      },
    ],
  });
});

test('a Linq that is not there is not taken for a wrong key', async () => {
  environment.LINQ_API_V3_BASE_URL = 'http://127.0.0.1:1';
  expect(await faults()).toMatchObject({
    faults: [{ what: 'key', says: 'Linq cannot be reached', fix: expect.stringContaining('LINQ_API_V3_BASE_URL') }],
  });
});

test('a chat that is gone, a line of another account, a critical line, and a clock that is off', async () => {
  linq.chats = [];
  linq.lines = [{ phone_number: '+12025550199', status: 'CRITICAL' }];
  linq.skewMs = 400_000;
  const { code, faults: found } = await faults();
  expect(code).toBe(1);
  expect(found.map(({ what, fix }) => [what, fix])).toEqual([
    ['line +1 ••• ••• 0199', 'send nothing from this line until it has recovered'],
    ['clock', 'sudo timedatectl set-ntp true'],
    ['routes.0: line +1 ••• ••• 0100', "put one of 'npx aftercall linq lines' into routes.0.send"],
    [`routes.0: chat ${CHAT}`, 'npx aftercall chats --phone +1… finds its id; put it into routes.0.send'],
  ]);
});

test('a bridge that is not running, a tunnel that leads nowhere, and a wrong API key', async () => {
  environment.PUBLIC_URL = 'http://127.0.0.1:1';
  environment.AFTERCALL_API_KEY = 'canary-of-another-key';
  expect((await faults()).faults.map(({ what, fix }) => [what, fix])).toEqual([
    ['http://127.0.0.1:1', `point your tunnel to ${api.origin}, or correct PUBLIC_URL`],
    ['API key', 'npx aftercall secrets set AFTERCALL_API_KEY'],
  ]);
  environment.PORT = '1';
  delete environment.PUBLIC_URL;
  expect((await faults()).faults).toMatchObject([
    { what: 'http://127.0.0.1:1', says: 'does not answer', fix: 'npm start' },
  ]);
});

test('a sample says where a recording would go', async () => {
  const { out } = await doctor(ROUTES, '--sample', 'twilio', '--from', PERSON, '--to', LINE);
  expect(out).toContain(
    `a call from ${PERSON} to ${LINE} (inbound) goes to chat ${CHAT} and the chat of line ${LINE} with ${PERSON}`,
  );
  expect((await doctor(ROUTES, '--sample', 'twilio')).out).toContain('matches no route; its memo becomes unrouted');
  expect((await doctor(ROUTES, '--sample', 'twillio')).code).toBe(2);
});

test('a configuration that does not load is a fault of its own', async () => {
  const { code, out } = await running(['doctor'], { environment, bridge: () => import('./no-such-file.ts' as string) });
  expect(code).toBe(1);
  expect(out).toMatch(
    /✗ configuration {2}bridge\.config\.ts: cannot be loaded: .+\n {4}fix it: npm run check shows where/,
  );
});

test('no output has had a secret in it', () => {
  expect(printed.length).toBeGreaterThan(10);
  for (const text of printed) {
    expect(text).not.toContain('canary');
    expect(text).not.toContain(linq.key);
  }
});
