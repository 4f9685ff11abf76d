import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { API_KEY, secretValues } from '../../../functions/core/source/secret-values.ts';
import { ofStandardWebhooks } from '../../../functions/core/source/signature.ts';

const TOKEN = { name: 'TWILIO_AUTH_TOKEN' };
const STANDARD = ofStandardWebhooks({ name: 'STANDARD_WEBHOOKS_SECRET' });
const KEY_24_BYTES = Buffer.alloc(24, 'ab').toString('base64');

describe('the text of a secret', () => {
  test.each([
    ['one value', 'abcdefgh', ['abcdefgh']],
    ['two, in their order', 'newest-value older-value', ['newest-value', 'older-value']],
    ['stray white space', ' \tabcdefgh\n older-value ', ['abcdefgh', 'older-value']],
    ['nothing', undefined, []],
    ['blanks', ' \n ', []],
  ])('is read: %s', (_, text, values) => {
    expect(secretValues(text, TOKEN)).toEqual({ values, faults: [] });
  });

  test.each([
    'a',
    '=',
    '====',
    'AAAA',
    'whsec_',
    'whsec_=',
    'wsec_',
    'whsec_AAAA==',
    'xxxxxxxxxxxx',
    '0000000000',
    '1234567',
  ])('has a value that can be no secret: %s', (text) => {
    for (const ref of [TOKEN, STANDARD, API_KEY]) {
      const { values, faults } = secretValues(text, ref);
      expect([values, faults]).toEqual([[], [expect.stringContaining(`${ref.name} is `)]]);
    }
  });

  test.each([
    '<your-auth-token>',
    '$'.concat('{TWILIO_AUTH_TOKEN}'),
    '$TWILIO_AUTH_TOKEN',
    '{{twilio.token}}',
    'your-auth-token',
    'your_auth_token_here',
    'whsec_your_secret_here',
    'changeme',
    'CHANGE_ME_PLEASE',
    'replace-me-with-a-key',
    'placeholder',
    'sk_live_1234…',
    '********',
  ])('has a placeholder of documents in it, which is no secret: %s', (text) => {
    const { values, faults } = secretValues(text, TOKEN);
    expect([values, faults]).toEqual([
      [],
      [expect.stringMatching(/^TWILIO_AUTH_TOKEN is (a placeholder|one character)/)],
    ]);
  });

  test('is not its own name', () => {
    expect(secretValues('TWILIO_AUTH_TOKEN', TOKEN).values).toEqual([]);
  });

  test('keeps the good value beside a bad one, and says which is bad without showing it', () => {
    const { values, faults } = secretValues('newest-value seven77', TOKEN);
    expect(values).toEqual(['newest-value']);
    expect(faults).toEqual([
      'TWILIO_AUTH_TOKEN (value 2 of 2, separated by blanks) is too short to be a secret: 7 characters',
    ]);
  });

  test('comes to at least the sixteen bytes that Standard Webhooks needs', () => {
    for (const good of [`whsec_${KEY_24_BYTES}`, KEY_24_BYTES]) {
      expect(secretValues(good, STANDARD)).toEqual({ values: [good], faults: [] });
    }
    for (const bad of ['whsec_MfKQ9r8GKYqr', 'c2hvcnQgc2VjcmV0']) {
      expect(secretValues(bad, STANDARD).values).toEqual([]);
      expect(secretValues(bad, STANDARD).faults).toEqual([expect.stringContaining('whsec_ and base64')]);
    }
  });

  test('splits no value of its own: whatever has no blank and is long enough is one value', () => {
    const value = fc.string({ minLength: 16, maxLength: 60 }).filter((text) => !/\s/.test(text));
    const usable = value.filter(
      (text) =>
        text.replace(/^whsec_/, '').replace(/=+$/, '').length >= 8 &&
        !/^[<${]|^(whsec_)?your|^(change|replace|placeholder)|…/i.test(text),
    );
    const varied = usable.filter((text) => new Set(text.replace(/^whsec_/, '').replace(/=+$/, '')).size > 1);
    fc.assert(
      fc.property(fc.array(varied, { minLength: 1, maxLength: 3 }), (each) => {
        expect(secretValues(each.join('\n '), API_KEY).values).toEqual(each);
      }),
    );
  });
});

describe('the API key', () => {
  test.each(['correct horse battery staple a', 'personal computer password'])(
    'with blanks in it is no key, nor are its words: %s',
    (text) => {
      const { values, faults } = secretValues(text, API_KEY);
      expect(values).toEqual([]);
      expect(faults.length).toBeGreaterThan(0);
    },
  );

  test('may be two during a rotation', () => {
    const two = 'the-newer-key-of-this-bridge the-older-key-of-this-bridge';
    expect(secretValues(two, API_KEY)).toEqual({ values: two.split(' '), faults: [] });
  });

  test('of eight characters is one, alone', () => {
    expect(secretValues('abcdefgh', API_KEY)).toEqual({ values: ['abcdefgh'], faults: [] });
  });
});
