import { expect, test } from 'vitest';
import { defineBridge, mistakesIn } from '../../functions/config.ts';
import { AftercallError } from '../../functions/core/model/errors.ts';
import { daily } from '../../functions/sources/daily.ts';
import { defineSource, type SourceDescription } from '../../functions/sources/define-source.ts';

// A description as somebody writes it without the compiler: each mistake is one line with its path.

const SECRET = { name: 'ACME_SECRET' };
const good = {
  kind: 'acme',
  signature: { secret: SECRET, header: 'X-Acme', algorithm: 'sha256', encoding: 'hex', signed: '{body}' },
  event: { path: 'type', values: ['call.recorded'] },
  recording: { id: 'id', url: 'url' },
  fetch: { hosts: ['media.acme.example'] },
};
/** The mistakes that a start, a synth and the doctor show. */
const lines = (description: unknown, others: Parameters<typeof defineBridge>[0]['sources'] = {}): string[] => {
  try {
    // A cast: the compiler would refuse these.
    defineBridge({ sources: { acme: defineSource(description as SourceDescription), ...others }, routes: [] });
  } catch (error) {
    if (error instanceof AftercallError && error.code === 'bad_configuration') return mistakesIn(error);
    throw error;
  }
  return [];
};

test('what is right is taken', () => {
  expect(lines(good)).toEqual([]);
});

const { signature, event, recording, fetch } = good;
test.each<[string, unknown, string]>([
  [
    'event',
    { ...good, event: { path: 'type', valuez: ['a'] } },
    'event.valuez: there is no such setting: did you mean values?',
  ],
  ['top', { ...good, recordings: recording }, 'recordings: there is no such setting: did you mean recording?'],
  [
    'signature',
    { ...good, signature: { ...signature, heder: 'x' } },
    'signature.heder: there is no such setting: did you mean header?',
  ],
  [
    'algorithm',
    { ...good, signature: { ...signature, algorithm: 'md5' } },
    'signature.algorithm: must be sha1, sha256 or sha512',
  ],
  [
    'secret',
    { ...good, signature: { ...signature, secret: 'text' } },
    "signature.secret: must be a secret, such as secret('ACME_SECRET')",
  ],
  ['scheme', { ...good, signature: { scheme: 'basik' } }, 'signature.scheme: must be basic or jwt'],
  ['values', { ...good, event: { ...event, values: 'call.recorded' } }, 'event.values: must be a list of event types'],
  ['hosts', { ...good, fetch: { hosts: 'media.acme.example' } }, 'fetch.hosts: must be a list of hosts'],
  [
    'api',
    { ...good, fetch: { ...fetch, api: { url: 'https://a.example/{id}', audios: 'x' } } },
    'fetch.api.audios: there is no such setting: did you mean audio?',
  ],
  ['no recording', { ...good, recording: undefined }, 'recording: Invalid input: expected object, received undefined'],
])('%s', (_where, description, line) => {
  expect(lines(description)).toContain(`sources.acme.${line}`);
});

test.each([
  ['elsewhere', 'https://elsewhere.example/{id}', 'must be at one of fetch.hosts'],
  ['without an id', 'https://media.acme.example/x', 'must be an https URL with {id} in its path'],
  ['not by https', 'http://media.acme.example/{id}', 'must be an https URL with {id} in its path'],
])('an address of the audio %s', (_where, audio, line) => {
  const withAudio = { ...good, recording: { id: 'id' }, fetch: { ...fetch, audio } };
  expect(lines(withAudio)).toContain(`sources.acme.fetch.audio: ${line}`);
  expect(lines({ ...withAudio, fetch: { ...fetch, audio: 'https://media.acme.example/{id}/audio' } })).toEqual([]);
  expect(lines({ ...withAudio, recording })).toContain('sources.acme.fetch.audio: cannot stand beside recording.url');
});

test('every mistake is a line of its own', () => {
  const found = lines({ ...good, event: { path: 'type', valuez: [] }, fetch: { host: ['a'] } });
  expect(found.length).toBeGreaterThanOrEqual(4);
  for (const line of found) expect(line).toMatch(/^sources\.acme\.[a-z][\w.]+: .+/i);
});

test('the mistakes of every source are named, not only those of the first', () => {
  const webhookSecret = { name: 'DAILY_WEBHOOK_SECRET' };
  const others = {
    volt: defineSource({ ...good, kind: 'volt', fetch: { hosts: [] } } as SourceDescription),
    daily: daily({ webhookSecret, apiKey: { name: 'DAILY_API_KEY' }, apiUrl: 'api.daily.co' }),
  };
  expect(lines({ ...good, fetch: { host: ['a'] } }, others)).toEqual([
    'sources.acme.fetch.hosts: must be a list of hosts',
    'sources.acme.fetch.host: there is no such setting: did you mean hosts?',
    'sources.volt.fetch.hosts: must name the hosts that audio may come from',
    'sources.daily.apiUrl: must be an https URL, such as https://api.example.com',
  ]);
});
