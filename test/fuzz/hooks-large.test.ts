import { describe, expect, test } from 'vitest';
import { all, answerTo, byFetch, goodStillWorks, raw } from '../http/answering.ts';
import { deep } from '../http/anything.ts';
import { bytes } from '../http/deliveries.ts';

const MEBIBYTE = 1024 * 1024;
/** API Gateway accepts ten thousand bytes of headers in total. */
const HEADER_BYTES = 8000;

const names = (room: number) => Array.from({ length: room / 12 }, (_, n) => n.toString(36).padStart(5, 'a'));

/** Large bodies that make readers slow: many names, deep nesting, long lists. */
const LARGE_FORMS = [
  names(2 * MEBIBYTE).join('&'),
  'a=1&'.repeat(MEBIBYTE / 4),
  '%41'.repeat(MEBIBYTE / 3),
  '.'.repeat(MEBIBYTE),
];
const largeJson = (room: number): string[] => [
  deep('[', '', ']', room / 2),
  deep('{"a":', '1', '}', room / 6),
  `{${names(room).map((name) => `"${name}":0`)}}`,
  `[${'0,'.repeat(room / 2 - 2)}0]`,
];

/** A good body made large in the same ways: its lists and its texts are long. */
const swollen = (good: string, room: number): string[] => [
  good.replaceAll('[', `[${'{},'.repeat(room / 4)}`),
  good.replaceAll(/:"[^"]*"/g, `:"${'9'.repeat(room / 40)}"`),
  good.replaceAll(/=[^&]*/g, `=${'9'.repeat(room / 40)}`),
];

// Within one second of processor time, else `answerTo` fails. A sender that signs is trusted: half the size is enough.

describe('what is as large as it may be and made to be slow is answered soon', () => {
  test.each(all)(
    'a mebibyte under the signature of another body, half of one under its own: $name',
    async (speaker) => {
      const [good] = speaker.bodies;
      const others = (bodies: string[]) => bodies.filter((body) => body !== good).map(bytes);
      for (const body of others([...LARGE_FORMS, ...largeJson(MEBIBYTE), ...swollen(good, MEBIBYTE)])) {
        const sent = { ...raw(speaker.good), body: body.slice(0, MEBIBYTE) };
        await answerTo(byFetch, sent, speaker.covers.body ? 'nothing' : 'either');
      }
      for (const body of others([...largeJson(MEBIBYTE / 2), ...swollen(good, MEBIBYTE / 2)])) {
        const signed = speaker.sign(body);
        if (signed) await answerTo(byFetch, raw(signed), 'either');
      }
      await goodStillWorks(byFetch, speaker);
    },
  );

  test.each(all)('a mebibyte under a header of hundreds of signatures: $name', async ({ name, good }) => {
    const legacy: [string, string][] = name === 'quo' ? [['openphone-signature', 'hmac;1;1;A']] : [];
    for (const [header, one] of [...Object.entries(good.headers), ...legacy]) {
      for (const mark of [',', ' ', ', ', ';']) {
        const many = (one + mark).repeat(HEADER_BYTES / (one.length + 1));
        const headers = header === 'openphone-signature' ? { [header]: many } : { ...good.headers, [header]: many };
        const { status } = await answerTo(byFetch, raw({ ...good, headers, body: new Uint8Array(MEBIBYTE) }), 'either');
        expect(status).not.toBe(413);
      }
    }
  });
});
