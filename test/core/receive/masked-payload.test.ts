import { describe, expect, test } from 'vitest';
import { maskEveryNumber } from '../../../functions/core/model/mask.ts';
import { PAYLOADS } from '../../../functions/core/model/payloads.ts';
import { maskedPayload } from '../../../functions/core/receive/masked-payload.ts';

const SECRET = 'b4e7bb6efd6c8bf0cf81e0d0c49b583a';
const shown = (body: string | Uint8Array, url = 'https://calls.example.com/hooks/acme?from=%2B14155550123') =>
  maskedPayload(
    {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', 'x-acme-signature': 'sha256=0badc0de' },
      body: typeof body === 'string' ? Buffer.from(body) : body,
    },
    [SECRET],
  );
const json = (body: unknown) => shown(JSON.stringify(body));

describe('no number is left, however it is written:', () => {
  test.each([
    '+14155550123',
    '14155550123',
    '4155550123',
    '(415) 555-0123',
    '415.555.0123',
    '+44 20 7946 0123',
    '020 7946 0123',
    'tel:+1-415-555-0123',
    'sip:14155550123@sip.example.com',
    '%2B14155550123',
    14155550123,
    '415–555–0123', // en dashes
    '415\u00a0555\u20110123', // a space and a hyphen that do not break a line
    '415_555_0123',
    '415, 555, 0123',
    '4:1:5:5:5:5:0:1:2:3',
    '+1%20415%20555%200123',
    '%2B1%20%28415%29%20555%2D0123',
    '415&nbsp;555&nbsp;0123',
    '４１５ ５５５ ０１２３', // of an East Asian keyboard
    '00000000-0000-0000-0000-014155550123',
    '2026-12-01T12:00:00.4155550123',
  ])('%s', (number) => {
    const body = {
      from: number,
      text: `call ${number} back`,
      list: [{ deep: number }],
      [`of ${number}`]: JSON.stringify({ number }),
    };
    const digits = json(body).normalize('NFKC').replace(/%2\d/g, '').replace(/\D/g, '');
    for (const written of ['4155550123', '2079460123', '555012', '794601']) expect(digits).not.toContain(written);
    expect(json(body)).toContain('0123');
  });

  test('digits of another script are not shown at all', () => {
    expect(maskEveryNumber('call ٤١٥٥٥٥٠١٢٣ back')).toBe('call ••• ••• back');
  });

  test('times and UUIDs stay, for they tell one event from another', () => {
    const text =
      'from 2026-11-30T12:04:05+01:00 2026-11-30 to 2026-11-30T12:04:05.123Z of 550e8400-e29b-41d4-a716-446655440000';
    expect(maskEveryNumber(text)).toBe(text);
  });
});

test.each([
  ['the value of the secret itself, wherever it stands', { verification: SECRET }, SECRET],
  [
    'the secret in base64',
    { user: Buffer.from(SECRET).toString('base64') },
    Buffer.from(SECRET).toString('base64').slice(0, 20),
  ],
  ['a field whose name says so', { auth: { apiToken: 'tok-1' } }, 'tok-1'],
  ['a field whose short name says so', { url_sig: 'sig-1' }, 'sig-1'],
  ['the query of a URL that is escaped', { next: 'https%3A%2F%2Fcdn.example.com%2F1.mp3%3Fkey%3Dabcde' }, 'abcde'],
  ['the query of a URL', { url: 'https://cdn.example.com/r/1.mp3?X-Amz-Signature=abc#frag' }, 'X-Amz'],
  ['the user of a URL', { url: 'https://me:pass@cdn.example.com/r/1.mp3' }, 'me:pass'],
  ['a JWT', { note: 'eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln' }, 'eyJhIjoxfQ'],
  ['a bearer token', { note: 'Authorization: Bearer s3cret' }, 's3cret'],
  ['audio in base64', { media: Buffer.alloc(900, 7).toString('base64') }, 'BwcHBwcH'],
  ['audio as a data URL', { media: 'data:audio/wav;base64,UklGRg==' }, 'UklGRg'],
])('left out is %s', (_what, body, secret) => {
  expect(json(body)).not.toContain(secret);
});

test('of a body that is no text, only its size is kept', () => {
  expect(shown(new Uint8Array(3000).fill(0xff))).toContain('3000 bytes are left out: no text');
});

test('what a person must see stays: path, names of headers, type, host and path of a URL, and the parts of a form or a JWT', () => {
  const text = json({ type: 'call.recorded', url: 'https://cdn.example.com/r/1.mp3?sig=1' });
  for (const said of ['POST /hooks/acme', 'x-acme-signature', 'call.recorded', 'https://cdn.example.com/r/1.mp3"'])
    expect(text).toContain(said);
  expect(text).not.toContain('0badc0de');
  expect(shown('RecordingStatus=completed&From=%2B14155550123')).toContain('"RecordingStatus": "completed"');
  const claims = Buffer.from('{"state":"recording"}').toString('base64url');
  expect(shown(`head.${claims}.sig`)).toContain('"state": "recording"');
});

test.each([
  ['a large body', 'x'.repeat(70_000)],
  ['many fields', JSON.stringify(Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`field-${at}`, 'é"\\'])))],
  ['a deep body', '['.repeat(5000) + ']'.repeat(5000)],
  ['text in which each letter may begin a URL', 'a'.repeat(60_000)],
  ['a digit before many separators', `1${' '.repeat(60_000)}`],
  ['bytes that are no text', new Uint8Array(3000).fill(0xd8)],
  ['many escapes that may be digits', '%11%1a'.repeat(10_000)],
  ['many digits between letters', '1 2 3 4 5 6 a'.repeat(5000)],
])('%s stays within the bound, and is text', (_what, body) => {
  const text = shown(body);
  expect(text.length).toBeLessThanOrEqual(PAYLOADS.characters);
  expect(text.isWellFormed()).toBe(true);
});
