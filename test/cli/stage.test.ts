import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { type LinqAccount, linqAccount } from './linq-account.ts';
import { type Parameters, parameterStore } from './parameters.ts';
import { printed, type RunOptions, running } from './running.ts';

const [LINE, PERSON] = ['+12025550100', '+12025550147'];
const PUBLIC = 'https://calls.example.com';
const TARGET = `${PUBLIC}/linq?version=2026-02-03`;

let ssm: Parameters;
let linq: LinqAccount;
let api: ScriptedHttp;
beforeAll(async () => {
  [ssm, linq] = [await parameterStore(), await linqAccount()];
  const refused = json(401, { error: { code: 'not_authentic', message: 'no' } });
  const well = json(200, { ok: true, memos: [] });
  api = await scriptedHttp((asked, response) => (asked.url.startsWith('/hooks/') ? refused : well)(asked, response));
});
afterAll(() => Promise.all([ssm.server.stop(), linq.server.stop(), api.stop()]));
beforeEach(() => {
  ssm.stored.clear();
  ssm.puts.length = 0;
  [ssm.readOnly, ssm.closed] = [false, false];
  linq.subscriptions = [];
  linq.lines = [{ phone_number: LINE, status: 'AT_RISK' }];
  linq.chats = [
    { id: randomUUID(), is_group: true, line: LINE, with: PERSON },
    { id: randomUUID(), is_group: false, line: LINE, with: PERSON },
  ];
});
const environment = () => ({ LINQ_API_V3_BASE_URL: linq.server.origin });
const run = (argv: string[], options: RunOptions = {}) => running(argv, { environment: environment(), ...options });
const deployed = (url = PUBLIC) => {
  ssm.stored.set('/aftercall/prod/URL', url);
  ssm.stored.set('/aftercall/prod/AFTERCALL_API_KEY', 'canary-of-the-stage');
  ssm.stored.set('/aftercall/prod/LINQ_API_V3_API_KEY', linq.key);
};

test('a stage is found by its parameters, and opened by its own key', async () => {
  deployed(api.origin);
  expect((await run(['memos', '--stage', 'prod'])).code).toBe(0);
  expect(api.asked.at(-1)?.headers.authorization).toBe('Bearer canary-of-the-stage');
});

test('a stage that is not deployed, or has no key, says how to fix that', async () => {
  expect((await run(['memos', '--stage', 'prod'])).err).toContain('deploy the stage first, or name its URL with --url');
  ssm.stored.set('/aftercall/prod/URL', api.origin);
  expect((await run(['memos', '--stage', 'prod'])).err).toContain(
    'npx aftercall secrets set AFTERCALL_API_KEY --stage prod',
  );
  expect((await run(['memos', '--stage', 'Prod!'])).code).toBe(2);
});

test('a secret typed at a terminal is not echoed, and becomes a SecureString', async () => {
  const set = await run(['secrets', 'set', 'TWILIO_AUTH_TOKEN', '--stage', 'prod'], { typed: ['canary-typed'] });
  expect([set.code, set.raw, set.err]).toEqual([0, [true, false], 'TWILIO_AUTH_TOKEN: \n']);
  expect(ssm.stored.get('/aftercall/prod/TWILIO_AUTH_TOKEN')).toBe('canary-typed');
  expect(ssm.puts).toEqual([{ Name: '/aftercall/prod/TWILIO_AUTH_TOKEN', Type: 'SecureString', Overwrite: true }]);
});

test('--add keeps the old value behind the new one, once', async () => {
  const add = (input: string) =>
    run(['secrets', 'set', 'TWILIO_AUTH_TOKEN', '--add', '--stage', 'prod', '--json'], { input });
  await add('canary-old\n');
  expect((await add('canary-new\n')).json).toEqual({ name: 'TWILIO_AUTH_TOKEN', stage: 'prod', values: 2 });
  await add('canary-new\n');
  expect(ssm.stored.get('/aftercall/prod/TWILIO_AUTH_TOKEN')).toBe('canary-new canary-old');
});

test.each([
  ['nothing', ['TWILIO_AUTH_TOKEN', '--stage', 'prod'], '\n', 'is empty; nothing was changed'],
  [
    'what is no secret',
    ['TWILIO_AUTH_TOKEN', '--stage', 'prod'],
    'AAAA',
    'is too short to be a secret: 4 characters; nothing',
  ],
  ['no key', ['SVIX_SECRET', '--stage', 'prod'], 'whsec_canarycanary', 'cannot be a secret of Standard Webhooks'],
  ['several lines', ['VONAGE_PRIVATE_KEY', '--stage', 'prod'], '-----BEGIN\ncanary', 'Encode a PEM as base64'],
  ['a name that nobody reads', ['TWILIO_TOKEN', '--stage', 'prod'], 'canary', 'this bridge does not use TWILIO_TOKEN'],
])('%s is not stored', async (_, argv, input, reason) => {
  const { code, err } = await run(['secrets', 'set', ...argv], { input });
  expect([code, ssm.puts]).toEqual([1, []]);
  expect(err).toContain(reason);
});

test('secrets are listed with who needs them, and how many values each has', async () => {
  ssm.stored.set('/aftercall/prod/TWILIO_AUTH_TOKEN', 'canary-new canary-old');
  const { json: told } = await run(['secrets', 'list', '--stage', 'prod', '--json']);
  expect(told.secrets).toContainEqual({
    name: 'TWILIO_AUTH_TOKEN',
    for: ['twilio: checks its webhooks'],
    values: 2,
    faults: [],
  });
  expect(told.secrets).toContainEqual({
    name: 'TELNYX_API_KEY',
    for: ['telnyx: fetches its recordings'],
    values: 0,
    faults: [],
  });
});

test.each([
  ['short-of-16', 'AFTERCALL_API_KEY has 11 characters, and the key of a stage needs 16'],
  ['changeme-to-a-long-random-key', 'AFTERCALL_API_KEY is a placeholder'],
])('a key of a stage that could be guessed is not stored: %s', async (input, reason) => {
  const before = ssm.stored.get('/aftercall/prod/AFTERCALL_API_KEY');
  const { code, err } = await run(['secrets', 'set', 'AFTERCALL_API_KEY', '--stage', 'prod'], { input });
  expect([code, err]).toEqual([1, expect.stringContaining(reason)]);
  expect(ssm.stored.get('/aftercall/prod/AFTERCALL_API_KEY')).toBe(before);
});

test('Linq is subscribed to, and the secret that it shows once is kept unseen', async () => {
  deployed();
  const { code, out } = await run(['linq', 'subscribe', '--stage', 'prod']);
  expect([code, out]).toEqual([0, `LINQ_WEBHOOK_SECRET of stage prod is set\n✓ Linq sends its events to ${TARGET}\n`]);
  expect(linq.subscriptions).toMatchObject([
    {
      target_url: TARGET,
      subscribed_events: [
        'message.sent',
        'message.delivered',
        'message.read',
        'message.failed',
        'message.received',
        'phone_number.status_updated',
        'api_token.created',
        'api_token.expiry_scheduled',
        'api_token.expired',
        'api_token.deleted',
        'webhook_subscription.disabled',
      ],
    },
  ]);
  expect(ssm.stored.get('/aftercall/prod/LINQ_WEBHOOK_SECRET')).toBe(linq.secrets.at(-1));
});

test('an account that knows no events of tokens is subscribed to all the others, and that is said', async () => {
  deployed();
  linq.knowsAccountEvents = false;
  const { code, out, err } = await run(['linq', 'subscribe', '--stage', 'prod']);
  linq.knowsAccountEvents = true;
  expect([code, out]).toEqual([0, expect.stringContaining('Linq sends its events to')]);
  expect(linq.subscriptions[0]?.subscribed_events).not.toContain('api_token.created');
  expect(err).toContain('Linq offers no events about API tokens');
});

test('a subscription that is there stays, unless it is to be replaced', async () => {
  deployed();
  linq.subscriptions = [{ id: 'old', target_url: `${PUBLIC}/linq`, subscribed_events: [] }];
  const there = await run(['linq', 'subscribe', '--stage', 'prod']);
  expect([there.code, linq.subscriptions.length]).toEqual([1, 1]);
  expect(there.out).toContain('LINQ_WEBHOOK_SECRET is absent: --replace');

  ssm.stored.set('/aftercall/prod/LINQ_WEBHOOK_SECRET', 'canary-of-before');
  expect((await run(['linq', 'subscribe', '--stage', 'prod'])).code).toBe(0);
  expect((await run(['linq', 'subscribe', '--stage', 'prod', '--replace'])).code).toBe(0);
  expect(linq.subscriptions.map(({ target_url }) => target_url)).toEqual([TARGET]);
  expect(ssm.stored.get('/aftercall/prod/LINQ_WEBHOOK_SECRET')).toBe(`${linq.secrets.at(-1)} canary-of-before`);
});

test('a secret that cannot be kept takes its subscription with it', async () => {
  deployed();
  ssm.readOnly = true;
  const { code, err } = await run(['linq', 'subscribe', '--stage', 'prod']);
  expect([code, linq.subscriptions]).toEqual([1, []]);
  expect(err).toContain(
    '/aftercall/prod/LINQ_WEBHOOK_SECRET cannot be written: these AWS credentials lack the permission',
  );
});

test('locally the line that sets the secret is printed, and the address must be https', async () => {
  const local = { ...environment(), LINQ_API_V3_API_KEY: linq.key, AFTERCALL_DATA: '/nowhere/at/all' };
  expect((await run(['linq', 'subscribe'], { environment: local })).err).toContain('set PUBLIC_URL to your tunnel');
  const { out } = await running(['linq', 'subscribe'], { environment: { ...local, PUBLIC_URL: `${PUBLIC}/` } });
  expect(out).toBe(`export LINQ_WEBHOOK_SECRET=${linq.secrets.pop()}\n✓ Linq sends its events to ${TARGET}\n`);
});

test('lines and chats are listed, with no whole number but the one that was asked for', async () => {
  deployed();
  const lines = await run(['linq', 'lines', '--stage', 'prod', '--json']);
  expect(lines.json).toEqual({
    lines: [{ id: expect.any(String), phone_number: '+1 ••• ••• 0100', health: 'AT_RISK' }],
  });
  const chats = await run(['chats', '--phone', '+1 202-555-0147', '--stage', 'prod', '--json']);
  const [group, direct] = linq.chats.map(({ id }) => id);
  expect(chats.json).toMatchObject({
    chats: [
      { id: direct, group: false, line: '+1 ••• ••• 0100' },
      { id: group, group: true },
    ],
  });
  const none = await run(['chats', '--phone', '+12025550188', '--line', LINE, '--stage', 'prod']);
  expect([none.code, none.out]).toEqual([1, expect.stringContaining('Linq has no chat with that number')]);
});

test('the doctor looks at a stage: its secrets in SSM, its address, its Linq', async () => {
  deployed(api.origin);
  ssm.stored.set('/aftercall/prod/TWILIO_AUTH_TOKEN', 'canary-of-twilio');
  const well = await run(['doctor', '--stage', 'prod']);
  expect([well.code, well.out.trimEnd().split('\n').at(-1)]).toEqual([0, 'no fault; 2 warnings']);
  expect(well.out).toContain('fix it: npx aftercall linq subscribe --stage prod');

  ssm.stored.delete('/aftercall/prod/LINQ_API_V3_API_KEY');
  ssm.stored.delete('/aftercall/prod/URL');
  const ill = await run(['doctor', '--stage', 'prod']);
  expect(ill.code).toBe(1);
  for (const fix of ['npm run deploy -- --stage prod', 'npx aftercall secrets set LINQ_API_V3_API_KEY --stage prod'])
    expect(ill.out).toContain(`fix it: ${fix}`);
});

test('an AWS that is closed to us is one fault, named once', async () => {
  ssm.closed = true;
  const { code, json: told } = await run(['doctor', '--stage', 'prod', '--json']);
  const faults = (told.checks as { what: string; state: string }[]).filter(({ state }) => state === 'fault');
  expect([code, faults]).toMatchObject([1, [{ what: 'AWS', fix: expect.stringContaining('AWS_PROFILE') }]]);
});

test('without a Linq key, what needs one says so', async () => {
  expect((await run(['linq', 'lines'])).err).toContain('LINQ_API_V3_API_KEY is absent');
  expect((await run(['linq', 'lines', '--stage', 'prod'])).err).toContain(
    'secrets set LINQ_API_V3_API_KEY --stage prod',
  );
});

test('no output has had a secret or a whole number in it', () => {
  const all = printed.join('\n').replace(/^export LINQ_WEBHOOK_SECRET=.*$/m, ''); // printed on purpose
  for (const canary of ['canary', linq.key, PERSON, ...linq.secrets]) expect(all).not.toContain(canary);
});
