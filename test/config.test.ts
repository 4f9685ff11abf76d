import { describe, expect, test } from 'vitest';
import shipped from '../bridge.config.ts';
import {
  API_SOURCE,
  type Bridge,
  defineBridge,
  retentionDaysOf,
  secret,
  sourcesThatAreOn,
  sourcesToFetchFrom,
} from '../functions/config.ts';
import { AftercallError } from '../functions/core/model/errors.ts';
import type { Secrets } from '../functions/core/ports/ports.ts';
import { missingSecrets } from '../functions/core/source/missing-secrets.ts';
import { standardWebhooks } from '../functions/sources/standard-webhooks.ts';
import { twilio } from '../functions/sources/twilio.ts';
import { memorySecrets } from './fakes/secrets.memory.ts';

const chat = '550e8400-e29b-41d4-a716-446655440000';
const sources = {
  twilio: twilio({ authToken: secret('TWILIO_AUTH_TOKEN') }),
  office: standardWebhooks({ secret: secret('OFFICE_SECRET') }),
};
const secretsOf = memorySecrets;

/** A bridge as a user may write it in JavaScript, without the compiler's checks. */
// A cast: these tests are about configurations that the compiler would refuse.
const written = (bridge: unknown) => bridge as Bridge;
const complaint = (bridge: unknown): string => {
  try {
    defineBridge(written(bridge));
  } catch (error) {
    if (error instanceof AftercallError && error.code === 'bad_configuration') return error.message;
    throw error;
  }
  throw new Error('nothing was wrong with it');
};

describe('defineBridge', () => {
  test('gives back what is right, as it is', () => {
    const bridge = {
      sources,
      routes: [
        { when: { source: 'office', to: '+1' }, send: [{ chat }] },
        { when: {}, send: { chat } },
      ],
    };
    expect(defineBridge(bridge)).toEqual(bridge);
  });

  test('takes the file as it is shipped: each source under the name of its kind', () => {
    for (const [name, source] of Object.entries(shipped.sources)) expect(name).toBe(source.kind);
  });

  test.each([28, 30, 365])('keeps things for %i days', (retentionDays) => {
    expect(retentionDaysOf(defineBridge({ sources, routes: [], retentionDays }))).toBe(retentionDays);
  });

  test.each([27, 366, 30.5, 0, -1, Number.NaN, '30'])('refuses to keep things for %j days', (retentionDays) => {
    expect(complaint({ sources, routes: [], retentionDays })).toContain(
      'retentionDays: must be whole days, 28 to 365: a memo can still be sent 28 days after its call',
    );
  });

  test('keeps things for thirty days where nothing is said', () => {
    expect(retentionDaysOf(defineBridge({ sources, routes: [] }))).toBe(30);
  });

  test('names every mistake at once', () => {
    const text = complaint({
      sources: { ...sources, 'Front Desk': sources.twilio, [API_SOURCE]: sources.twilio },
      routes: [
        { when: { source: 'offices' }, send: { chat: 'the front desk' } },
        { when: { direction: 'sideways' }, send: [] },
        { when: { number: '+1' }, send: { chat } },
        { when: {}, send: { chat, to: '+1' } },
        { send: { chat } },
      ],
    });
    for (const place of [
      'sources.Front Desk',
      'sources.api',
      'routes.0.when.source',
      'routes.0.send',
      'routes.1.when.direction',
      'routes.1.send',
      'routes.2.when',
      'routes.3.send',
      'routes.4.when',
    ]) {
      expect(text).toContain(`- ${place}`);
    }
    expect(text).toContain('9 mistakes');
  });

  test.each([0, -1, 3601, '10', Number.NaN])('takes no minimum length of %s', (minSeconds) => {
    const send = { chat, minSeconds };
    expect(complaint({ sources, routes: [{ when: {}, send }] })).toContain('routes.0.send');
    const said = complaint({ sources, routes: [{ when: {}, send: { chat }, policy: { minSeconds } }] });
    expect(said).toContain('routes.0.policy.minSeconds');
  });

  test.each([0.5, 10, 3600])('takes a minimum length of %s s, of a route and of a target', (minSeconds) => {
    const routes = [{ when: {}, send: { chat, minSeconds }, policy: { minSeconds } }];
    expect(defineBridge({ sources, routes }).routes).toEqual(routes);
  });

  test.each([-1, 3601, 1e300, Number.POSITIVE_INFINITY, Number.NaN, '10'])(
    'takes no shortest recording of %s s, and says what it would do',
    (minSeconds) => {
      expect(complaint({ sources, routes: [], audio: { minSeconds } })).toContain(
        'audio.minSeconds: must be seconds, 0 to 3600: every shorter recording is rejected',
      );
    },
  );

  test('takes no shortest recording above the longest', () => {
    const reason = 'audio.minSeconds: must be less than maxSeconds: every recording would be rejected';
    expect(complaint({ sources, routes: [], audio: { minSeconds: 60, maxSeconds: 30 } })).toContain(reason);
    expect(complaint({ sources, routes: [], audio: { maxSeconds: 0.4 } })).toContain(reason); // default: half a second
    const audio = { minSeconds: 0, maxSeconds: 0.4 };
    expect(defineBridge({ sources, routes: [], audio }).audio).toEqual(audio);
  });

  test.each(['', 'Twilio', 'twilio/2', 'a b', '-a', '..', 'é', 'x'.repeat(65)])(
    'refuses %j as a name in a URL',
    (name) => {
      expect(complaint({ sources: { [name]: sources.twilio }, routes: [] })).toContain('a mistake');
    },
  );

  test('does not take for a source what every object has', () => {
    const routes = [{ when: { source: 'constructor' }, send: { chat } }];
    expect(complaint({ sources, routes })).toContain('there is no source constructor');
  });
});

describe('alarms', () => {
  const watching = (alarms: unknown) => ({ sources, routes: [], alarms });

  test.each([
    {},
    { email: 'ops@example.com' },
    { email: 'ops@example.com', silentAfterHours: { twilio: 1, office: 168 }, refusedPerHour: 1 },
  ])('takes %j', (alarms) => {
    const bridge = written(watching(alarms));
    expect(defineBridge(bridge)).toBe(bridge);
  });

  test.each([
    [{ email: 'ops' }, 'alarms.email: must be an e-mail address'],
    [{ silentAfterHours: { acme: 12 } }, 'alarms.silentAfterHours.acme: there is no source acme'],
    [{ silentAfterHours: { constructor: 12 } }, 'alarms.silentAfterHours.constructor: there is no source constructor'],
    [{ silentAfterHours: { twilio: 0 } }, 'alarms.silentAfterHours.twilio: must be whole hours, 1 to 168'],
    [{ silentAfterHours: { twilio: 169 } }, 'alarms.silentAfterHours.twilio: must be whole hours, 1 to 168'],
    [{ silentAfterHours: { twilio: 1.5 } }, 'alarms.silentAfterHours.twilio: must be whole hours, 1 to 168'],
    [{ silentAfterHours: { twilio: '12' } }, 'alarms.silentAfterHours.twilio: must be whole hours, 1 to 168'],
    [{ refusedPerHour: 0 }, 'alarms.refusedPerHour: must be 1 or more'],
    [{ mail: 'ops@example.com' }, 'alarms.mail: there is no such setting: did you mean email?'],
  ])('refuses %j, and says why', (watch, reason) => {
    expect(complaint(watching(watch))).toContain(reason);
  });

  test('as shipped tells nobody', () => {
    expect(shipped).not.toHaveProperty('alarms');
  });
});

describe('a source', () => {
  test('is on when all its secrets are there, under its own name alone', async () => {
    const on = sourcesThatAreOn({ sources, routes: [] }, secretsOf({ TWILIO_AUTH_TOKEN: ['t'], OFFICE_SECRET: ['s'] }));
    expect(await on.find('twilio')).toBe(sources.twilio);
    expect(await on.find('office')).toBe(sources.office);
    for (const name of ['standard-webhooks', 'constructor', '__proto__', '', API_SOURCE]) {
      expect(await on.find(name)).toBeUndefined();
    }
  });

  test('is off while its secret is absent, and on again when it is there', async () => {
    const values: Record<string, string[]> = { OFFICE_SECRET: ['s'] };
    const on = sourcesThatAreOn({ sources, routes: [] }, secretsOf(values));
    expect(await on.find('twilio')).toBeUndefined();
    expect(await missingSecrets(sources.twilio.secrets, secretsOf(values))).toEqual(['TWILIO_AUTH_TOKEN']);
    values.TWILIO_AUTH_TOKEN = ['t'];
    expect(await on.find('twilio')).toBe(sources.twilio);
  });

  test('fails, rather than being off, while its secrets cannot be read', async () => {
    const away: Secrets = { read: () => Promise.reject(new Error('SSM is away')), forget: () => false };
    await expect(sourcesThatAreOn({ sources, routes: [] }, away).find('twilio')).rejects.toThrow('SSM is away');
  });
});

test('what POST /memos made is fetched from any public host, and never comes in by a webhook', async () => {
  const { find } = sourcesToFetchFrom({ sources, routes: [] });
  const api = await find(API_SOURCE);
  expect(api?.fetch).toMatchObject({ hosts: 'any-public' });
  expect(api?.fetch.credentials).toBeUndefined();
  const request = { method: 'POST', url: 'https://x.example/hooks/api', headers: {}, body: new Uint8Array() };
  expect(await api?.authenticate(request, { nowMs: 0, read: async () => ['s'] })).toMatchObject({ kind: 'refused' });
});

test('what was accepted is fetched whether or not its source is on by now', async () => {
  const { find } = sourcesToFetchFrom({ sources, routes: [] });
  expect(await find('twilio')).toBe(sources.twilio);
  expect(await find('constructor')).toBeUndefined();
});
