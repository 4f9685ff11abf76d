import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { defineBridge, secret } from '../../functions/config.ts';
import { standardWebhooks } from '../../functions/sources/standard-webhooks.ts';
import { twilio } from '../../functions/sources/twilio.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { running } from './running.ts';

// The doctor asks the running bridge, and does not judge by its own shell.

const SOURCES = {
  twilio: twilio({ authToken: secret('TWILIO_AUTH_TOKEN') }),
  acme: standardWebhooks({ secret: secret('ACME_SECRET') }),
};
const connection = (name: string, on: boolean, needs: string) => ({
  ...{ name, kind: 'standard-webhooks', on, missing: on ? [] : [needs] },
  ...{ missing_to_fetch: [], faults: [], secrets: [needs] },
});
const waiting = {
  ...{
    id: 'linq_key_refused',
    what: 'Linq refuses our key',
    why: 'Linq answers 401.',
    fix: 'Set `LINQ_API_V3_API_KEY`.',
  },
  ...{ needs: 'person', count: 3, ended: 0, states: ['stored'] },
  ...{ since: '2026-03-04T08:00:00.000Z', until: '2026-03-04T08:14:00.000Z' },
};

let api: ScriptedHttp;
let status: object;
beforeAll(async () => {
  api = await scriptedHttp((asked, response) => {
    const refused = json(401, { error: { code: 'not_authentic', message: 'no' } });
    if (asked.url.startsWith('/hooks/')) return refused(asked, response);
    if (asked.url === '/status') return json(200, status)(asked, response);
    return json(200, asked.url === '/health' ? { ok: true } : { memos: [] })(asked, response);
  });
});
afterAll(() => api.stop());
beforeEach(() => {
  const sources = [connection('twilio', true, 'TWILIO_AUTH_TOKEN'), connection('acme', false, 'ACME_SECRET')];
  status = { causes: [], more: [], sources, memos_go_to: 'linq' };
});

const doctor = (over: Record<string, string> = {}, ...argv: string[]) =>
  running(['doctor', ...argv], {
    environment: {
      ...{ PORT: String(api.port), AFTERCALL_DATA: '/nowhere/at/all', AFTERCALL_API_KEY: 'the-key-of-this-test' },
      ...over,
    },
    bridge: async () => defineBridge({ sources: SOURCES, routes: [] }),
  });

test('from a shell without any secret, a bridge that is set up is well, and what differs is named', async () => {
  const { code, out } = await doctor();
  expect(code).toBe(0);
  expect(out).toMatch(/✓ +secrets +twilio +is on/);
  expect(out).toContain('is on at the bridge; this shell has no TWILIO_AUTH_TOKEN');
  expect(out).toMatch(/✓ +sources +twilio +its hook answers/);
  expect(out).not.toContain('none is on');
  expect(out).not.toContain('memos go to the sandbox');
  expect(out.trimEnd().split('\n').at(-1)).toBe('all is well');
});

test('a secret that only this shell has needs a restart of the bridge', async () => {
  const { code, out } = await doctor({ ACME_SECRET: 'a-secret-of-this-shell' });
  expect(code).toBe(0);
  expect(out).toMatch(/! settings {2}acme: is off at the bridge.*\n {4}fix it: stop npm start and run it again/);
});

test('a key that only this shell has is not asked for, since the bridge sends to the sandbox', async () => {
  Object.assign(status, { memos_go_to: 'sandbox' });
  const { code, out } = await doctor({ LINQ_API_V3_API_KEY: 'a-key-of-this-shell' });
  expect(code).toBe(0);
  expect(out).toContain('the bridge was started without the key of this shell');
});

test('memos that need a person end in a code of their own, with the cause, since when, until when, and the fix', async () => {
  Object.assign(status, { causes: [waiting, { ...waiting, what: 'Quiet hours', needs: 'nobody', count: 5 }] });
  const { code, out } = await doctor();
  expect(code).toBe(3);
  expect(out).toContain(
    '! memos  Linq refuses our key: 3 memos wait since 2026-03-04 08:00:00 UTC, next try 2026-03-04 08:14:00 UTC. Linq answers 401.\n    fix it: Set `LINQ_API_V3_API_KEY`.',
  );
  expect(out).toMatch(/· +memos +Quiet hours +5 memos wait/);
  expect(out.trimEnd().split('\n').at(-1)).toBe('no fault; 3 memos need a person');
  const { json: told } = await doctor({}, '--json');
  expect(told).toMatchObject({ ok: true, need_a_person: 3 });
});
