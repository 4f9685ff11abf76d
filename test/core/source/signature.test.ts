import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { hmac, sameText, standardSignatureMatches } from '../../../functions/core/source/signature.ts';

const keys = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const ids = fc.stringMatching(/^[\w-]{1,40}$/);
const seconds = fc.integer({ min: 1, max: 4_000_000_000 });

/** The official library signs; its payload must be text. */
const signed = (key: string, id: string, timestamp: number, body: string) => ({
  id,
  timestamp: String(timestamp),
  signatures: new Webhook(key).sign(id, new Date(timestamp * 1000), body),
});

describe('a Standard Webhooks signature', () => {
  test('of the official library matches, with and without whsec_', () => {
    fc.assert(
      fc.property(keys, ids, seconds, fc.string({ unit: 'grapheme' }), (key, id, at, body) => {
        const sent = signed(key, id, at, body);
        expect(standardSignatureMatches(key, sent, Buffer.from(body))).toBe(true);
        expect(standardSignatureMatches(`whsec_${key}`, sent, Buffer.from(body))).toBe(true);
      }),
    );
  });

  test("is the official library's known answer", () => {
    // libraries/javascript/src/webhook.test.ts of github.com/standard-webhooks/standard-webhooks, "sign function works"
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const signatures = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
    const known = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', signatures };
    expect(standardSignatureMatches(secret, known, Buffer.from('{"test": 2432232314}'))).toBe(true);
  });

  const key = Buffer.from('a key of twenty-four byt').toString('base64');
  const body = '{"a":1}';
  const sent = signed(key, 'msg_1', 1_700_000_000, body);

  test.each([
    ['the body', sent, '{"a":2}'],
    ['the body, by one space', sent, `${body} `],
    ['the id', { ...sent, id: 'msg_2' }, body],
    ['the time', { ...sent, timestamp: '1700000001' }, body],
    ['the version', { ...sent, signatures: sent.signatures.replace('v1,', 'v1a,') }, body],
    ['its end', { ...sent, signatures: sent.signatures.slice(0, -1) }, body],
    ['everything', { ...sent, signatures: '' }, body],
    ['all but the version', { ...sent, signatures: 'v1,' }, body],
  ])('does not match when something else was signed: %s', (_, given, bytes) => {
    expect(standardSignatureMatches(key, given, Buffer.from(bytes))).toBe(false);
  });

  test('may stand among others, of other versions and other keys', () => {
    const signatures = `v1a,xyz v1,${Buffer.alloc(32).toString('base64')} ${sent.signatures} nonsense`;
    expect(standardSignatureMatches(key, { ...sent, signatures }, Buffer.from(body))).toBe(true);
  });
});

describe('a secret', () => {
  test.each(['', 'whsec_', ' ', '!!!', 'whsec_?', '\n', '====', 'A'])(
    'that decodes to no key matches nothing, not even what was signed with no key: %j',
    (secret) => {
      const signatures = `v1,${createHmac('sha256', '').update('msg_1.1700000000.{}').digest('base64')}`;
      const sent = { id: 'msg_1', timestamp: '1700000000', signatures };
      expect(standardSignatureMatches(secret, sent, Buffer.from('{}'))).toBe(false);
    },
  );

  test('that differs by one byte of its key matches nothing', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), change, fc.string(), (bytes, [at, by], body) => {
        const mangled = Buffer.from(bytes);
        const index = at % mangled.length;
        mangled[index] = (mangled[index] ?? 0) ^ by;
        const sent = signed(Buffer.from(bytes).toString('base64'), 'msg_1', 1_700_000_000, body);
        expect(standardSignatureMatches(mangled.toString('base64'), sent, Buffer.from(body))).toBe(false);
      }),
    );
  });
});

test('two texts are the same only when every character is', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 4 });
  fc.assert(fc.property(text, text, (a, b) => sameText(a, b) === (a === b) && sameText(a, a)));
});

test("an HMAC over pieces is the HMAC over the whole: RFC 4231's and RFC 2202's second cases", () => {
  const pieces = ['what do ya want ', Buffer.from('for nothing?')];
  expect(hmac('sha256', 'Jefe', pieces, 'hex')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
  expect(hmac('sha1', 'Jefe', pieces, 'hex')).toBe('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
});
