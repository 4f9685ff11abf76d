import { describe, expect, test } from 'vitest';
import { asBadConfiguration, type Bridge, defineBridge, mistakesIn, secret } from '../functions/config.ts';
import { AftercallError } from '../functions/core/model/errors.ts';
import { didYouMean } from '../functions/core/model/mistakes.ts';
import { twilio } from '../functions/sources/twilio.ts';

const chat = '550e8400-e29b-41d4-a716-446655440000';
const sources = { twilio: twilio({ authToken: secret('TWILIO_AUTH_TOKEN') }) };
const lines = (bridge: unknown): string[] => {
  try {
    defineBridge(bridge as Bridge); // a cast: the compiler would refuse these
  } catch (error) {
    if (error instanceof AftercallError && error.code === 'bad_configuration') return mistakesIn(error);
    throw error;
  }
  return [];
};

describe('a misspelt or absent setting is a line with its path and the likely word:', () => {
  test.each<[unknown, string]>([
    [{ sources, routes: [], rutes: [] }, 'rutes: there is no such setting: did you mean routes?'],
    [
      { sources, routes: [{ when: { form: '+1' }, send: { chat } }] },
      'routes.0.when.form: there is no such setting: did you mean from?',
    ],
    [
      { sources, routes: [{ when: {}, send: { chatt: chat } }] },
      'routes.0.send.chatt: there is no such setting: did you mean chat?',
    ],
    [
      { sources, routes: [{ when: {}, send: { chat }, polcy: {} }] },
      'routes.0.polcy: there is no such setting: did you mean policy?',
    ],
    [
      {
        sources,
        routes: [{ when: {}, send: { chat, quietHours: { from: '21:00', untill: '08:00', timeZone: 'UTC' } } }],
      },
      'routes.0.send.quietHours.untill: there is no such setting: did you mean until?',
    ],
    [
      { sources, routes: [{ when: { source: 'twillio' }, send: { chat } }] },
      'routes.0.when.source: there is no source twillio: did you mean twilio?',
    ],
    [
      { sources, routes: [], audio: { minSecond: 1 } },
      'audio.minSecond: there is no such setting: did you mean minSeconds?',
    ],
    [
      { sources, routes: [], buckets: [{ name: 'calls', prefx: '' }] },
      'buckets.0.prefx: there is no such setting: did you mean prefix?',
    ],
    [
      { sources, routes: [], stages: { prod: { publicURL: 'https://x.dev' } } },
      'stages.prod.publicURL: there is no such setting: did you mean publicUrl?',
    ],
    [{ sources, routes: [], inspect: 'yes' }, 'inspect: must be true or false'],
    [
      { sources, routes: [], stages: { local: { inspects: true } } },
      'stages.local.inspects: there is no such setting: did you mean inspect?',
    ],
    [{ routes: [] }, 'sources: must be { <name>: <source> }, such as { twilio: twilio({ … }) }'],
    [{ sources }, 'routes: must be a list; [] where each hook URL names its chat'],
    [
      { sources: { acme: twilio }, routes: [] },
      'sources.acme: must be a source, such as twilio({ … }) or defineSource({ … })',
    ],
    [
      { sources: { twilio: twilio({ authTokn: secret('TWILIO_AUTH_TOKEN') } as never) }, routes: [] },
      "sources.twilio.secrets.0: an option with a secret is absent or misspelt: its value must be secret('NAME')",
    ],
  ])('%j', (bridge, line) => {
    expect(lines(bridge)).toContain(line);
  });
});

test('a word that resembles none is not guessed', () => {
  expect(didYouMean('telephone', ['from', 'to', 'direction'])).toBe('');
});

test('what loading the file throws becomes a sentence with its line, and no stack', () => {
  const error = new TypeError('secre is not a function\nsecond line');
  error.stack = 'TypeError: secre\n    at file:///home/me/aftercall/bridge.config.ts:12:5\n    at node:internal';
  expect(mistakesIn(asBadConfiguration(error))).toEqual([
    'bridge.config.ts:12:5: cannot be loaded: secre is not a function',
  ]);
  const known = asBadConfiguration(error);
  expect(asBadConfiguration(known)).toBe(known);
});
