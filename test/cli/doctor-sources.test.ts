import { afterEach, beforeEach, expect, test } from 'vitest';
import { UNSIGNED } from '../../cli/doctor/sources.ts';
import { defineBridge, secret } from '../../functions/config.ts';
import { standardWebhooks } from '../../functions/sources/standard-webhooks.ts';
import { twilio } from '../../functions/sources/twilio.ts';
import { all, answerTo, byFetch } from '../http/answering.ts';
import { type Answer, json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { running } from './running.ts';

const CODES = { on: [401, 'not_authentic'], unreadable: [400, 'unreadable'] } as const;
const refused = (status: number, code: string) => json(status, { error: { code, message: 'no' } });

let hooks: Answer;
let seen: object[];
let api: ScriptedHttp;
beforeEach(async () => {
  hooks = refused(...CODES.on);
  seen = [];
  api = await scriptedHttp((asked, response) => {
    if (asked.url.startsWith('/hooks/')) return hooks(asked, response);
    return json(200, { '/health': { ok: true }, '/sources': { sources: seen } }[asked.url] ?? { memos: [] })(
      asked,
      response,
    );
  });
});
afterEach(() => api.stop());

const SOURCES = {
  twilio: twilio({ authToken: secret('TWILIO_AUTH_TOKEN') }),
  'standard-webhooks': standardWebhooks({ secret: secret('STANDARD_WEBHOOKS_SECRET') }),
};
const sources = async (over: Record<string, string> = {}, silentAfterHours?: number) => {
  const environment = {
    PORT: String(api.port),
    AFTERCALL_DATA: '/nowhere/at/all',
    AFTERCALL_API_KEY: 'key-of-this-test',
    TWILIO_AUTH_TOKEN: 'the-token-of-twilio',
    ...over,
  };
  const bridge = async () =>
    defineBridge({
      sources: SOURCES,
      routes: [],
      ...(silentAfterHours !== undefined && { alarms: { silentAfterHours: { twilio: silentAfterHours } } }),
    });
  const { json: told } = await running(['doctor', '--json'], { environment, bridge });
  const checks = told.checks as { area: string; what: string; state: string; says: string; fix?: string }[];
  return checks.filter(({ area }) => area === 'sources');
};

test.each(all)('$name refuses the knock of the doctor, and keeps nothing of it', async ({ name }) => {
  const sent = {
    method: UNSIGNED.method,
    path: `/hooks/${name}`,
    query: '',
    headers: Object.entries(UNSIGNED.headers),
    body: new TextEncoder().encode(UNSIGNED.body),
  };
  const answer = await answerTo(byFetch, sent, 'nothing');
  expect(Object.values(CODES)).toContainEqual([answer.status, JSON.parse(answer.text).error.code]);
});

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 60 * 60_000).toISOString();
/** As GET /sources shows a source. */
const source = (name: string, facts: object = {}) => ({ name, accepted_today: 0, ...facts });
const summary = (hours: number) => ({
  today: 14,
  since: '2026-03-04T12:02:00.000Z',
  last_at: hoursAgo(hours),
  reason: 'no',
});

test('a hook that is open is told with its last recording', async () => {
  seen = [
    source('twilio', { last_accepted_at: hoursAgo(3), refused: { ...summary(4), says: 'no', likely_causes: [] } }),
  ];
  expect(await sources()).toEqual([
    { area: 'sources', what: 'twilio', state: 'ok', says: 'its hook answers; last recording 3 hours ago' },
  ]);
  expect(api.asked.filter(({ url }) => url === '/sources')).toHaveLength(1);
});

test('a source whose last webhooks were refused is told with the reason and its likeliest cause', async () => {
  const refused = {
    ...summary(1),
    says: 'the signature does not match',
    likely_causes: ['Copy it again: `npx aftercall secrets set X`.', 'A stranger.'],
  };
  seen = [source('twilio', { last_accepted_at: hoursAgo(3), refused })];
  expect(await sources()).toEqual([
    {
      ...{ area: 'sources', what: 'twilio', state: 'warning' },
      says: 'its hook answers; 14 refused since 2026-03-04 12:02:00 UTC: the signature does not match (no)',
      fix: 'Copy it again: `npx aftercall secrets set X`. npx aftercall sources twilio names every likely cause',
    },
  ]);
});

test('a source from which nothing has come is told with the URL that the vendor needs', async () => {
  seen = [source('twilio')];
  const [check] = await sources();
  expect(check).toMatchObject({ what: 'twilio', state: 'note' });
  expect(check?.says).toContain(
    `nothing has come yet. Check at the vendor that its webhook is on and posts to ${api.origin}/hooks/twilio.`,
  );
});

test('a source that is silent for longer than its alarm allows is a warning', async () => {
  seen = [source('twilio', { last_accepted_at: hoursAgo(13), ignored: { ...summary(12.5) } })];
  expect(await sources({}, 12)).toMatchObject([
    { state: 'warning', says: 'its hook answers; nothing has come for 12 hours' },
  ]);
  expect(await sources({}, 13)).toMatchObject([{ state: 'ok' }]);
});

test.each([
  [
    'is off at the bridge',
    refused(404, 'no_such_source'),
    'is off at the bridge: the bridge does not have its secrets',
    'run it again with the secrets',
  ],
  [
    'leads elsewhere',
    json(200, { hello: 'from another' }),
    'its hook answers 200, but not as an Aftercall bridge',
    "the log of 'receive'",
  ],
  [
    'fails',
    refused(503, 'unavailable'),
    'its hook answers 503, but not as an Aftercall bridge',
    "the log of 'receive'",
  ],
  ['hangs up', (_, response) => response.destroy(), 'its hook does not answer', 'to the bridge'],
] satisfies [string, Answer, string, string][])(
  'a hook that %s is a fault with its fix',
  async (_, answer, says, fix) => {
    hooks = answer;
    expect(await sources()).toEqual([
      { area: 'sources', what: 'twilio', state: 'fault', says, fix: expect.stringContaining(fix) },
    ]);
  },
);

test('a bridge that does not answer is said once, and not for each source', async () => {
  expect(await sources({ PUBLIC_URL: 'http://127.0.0.1:1' })).toEqual([]);
});

test('a source whose last webhook or object was refused is a warning with the reason and what to do', async () => {
  const refusal = (hour: string) => ({
    today: 14,
    since: '2026-03-04T12:02:00.000Z',
    last_at: `2026-03-04T${hour}:00:00.000Z`,
    reason: 'the object lies in the bucket acme-calls, outside the prefixes that buckets in bridge.config.ts allow',
    says: 'the object lies where the bridge may not read',
    likely_causes: ['Correct the entry.', 'Somebody else writes into this bucket.'],
  });
  seen = [
    source('s3-drop', { refused: refusal('13') }),
    source('twilio', { refused: refusal('13'), last_accepted_at: '2026-03-04T14:00:00.000Z' }),
    source('standard-webhooks', { refused: { ...refusal('13'), today: 0 } }),
  ];
  const [, ...others] = await sources();
  expect(others).toEqual([
    {
      area: 'sources',
      what: 's3-drop',
      state: 'warning',
      says: expect.stringMatching(
        /14 refused since 2026-03-04 12:02:00 UTC: the object lies where .* \(the object lies in the bucket/,
      ),
      fix: 'Correct the entry. npx aftercall sources s3-drop names every likely cause',
    },
  ]);
});
