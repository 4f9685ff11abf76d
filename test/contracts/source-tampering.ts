import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import type { Fixture } from '../fixtures.ts';
import { judgeWith, type SourceCase } from './source-case.ts';

/** The source refuses each change of what it declares as covered, and accepts each change of anything else. */
export const tampering = (sourceCase: SourceCase, goods: readonly Fixture[]): void => {
  const { covers } = sourceCase.source;

  describe.each(goods)('tampering with a delivery ($name)', ({ request, nowSeconds }) => {
    const judge = judgeWith(sourceCase, nowSeconds);

    if (covers.body) {
      test('is refused wherever one byte of the body is another', async () => {
        const covered = sourceCase.covered ?? hex;
        const flip = fc.tuple(fc.nat(request.body.length - 1), fc.integer({ min: 1, max: 255 }));
        await fc.assert(
          fc.asyncProperty(flip, async ([at, mask]) => {
            const body = request.body.map((byte, index) => (index === at ? byte ^ mask : byte));
            const same = covered(body) === covered(request.body);
            expect(await judge({ ...request, body })).toBe(same ? 'authentic' : 'refused');
          }),
          { numRuns: 500 },
        );
      });
      test.each([
        ['cut', (body: Uint8Array) => body.slice(0, -1)],
        ['empty', () => new Uint8Array()],
        ['longer by a line break', (body: Uint8Array) => new Uint8Array([...body, 10])],
      ])('is refused when the body is %s', async (_title, change) => {
        expect(await judge({ ...request, body: change(request.body) })).toBe('refused');
      });
    } else {
      test('of the body is not seen, as the scheme does not cover it', async () => {
        const otherBody = sourceCase.otherBody ?? ((whole) => ({ ...whole, body: new Uint8Array([0, 255]) }));
        expect(await judge(otherBody(request))).toBe('authentic');
      });
    }

    const isCovered = (url: string) =>
      covers.url === 'path' ? new URL(url).pathname !== new URL(request.url).pathname : covers.url;
    const urls = otherUrls(request).map(
      ([title, url]) => [title, isCovered(url) ? 'refused' : 'not seen', url] as const,
    );
    test.each(urls)('of the URL: %s is %s', async (_title, _fate, url) => {
      expect(url).not.toBe(request.url);
      expect(await judge({ ...request, url })).toBe(isCovered(url) ? 'refused' : 'authentic');
    });

    const { toleranceSeconds: tolerance, idHeader } = sourceCase;
    if (covers.time) {
      const { past, ahead } = tolerance ?? fail('covers.time needs toleranceSeconds');
      const sent = nowSeconds - 1; // the bridge gets each fixture one second after it was sent
      const moments: [string, number, string][] = [
        ['at the end of the tolerance', past, 'authentic'],
        ['later than the tolerance', past + 1, 'refused'],
        ['a day late', past + 86_400, 'refused'],
        ['from a clock as far behind as may be', -ahead, 'authentic'],
        ['from a clock further behind', -ahead - 1, 'refused'],
      ];
      test.each(moments.filter(([, seconds]) => Number.isFinite(seconds)))(
        'with time is seen: %s, %d s after it was sent, it is %s',
        async (_title, seconds, kind) => {
          expect(await judgeWith(sourceCase, sent + seconds)(request)).toBe(kind);
        },
      );
    } else {
      test('with time is not seen: replays are stopped by the recording id', async () => {
        for (const seconds of [-86_400, 365 * 86_400]) {
          expect(await judgeWith(sourceCase, nowSeconds + seconds)(request)).toBe('authentic');
        }
      });
    }

    if (covers.id) {
      const header = idHeader ?? fail('covers.id needs idHeader');
      test('of its id is refused', async () => {
        const headers = { ...request.headers, [header]: `${request.headers[header]}1` };
        expect(await judge({ ...request, headers })).toBe('refused');
      });
    }
  });
};

const otherUrls = ({ url }: WebhookRequest): [string, string][] => {
  const [base = '', query] = url.split('?');
  return [
    ['another path', `${base}2${query === undefined ? '' : `?${query}`}`],
    ['a slash more', `${base}/${query === undefined ? '' : `?${query}`}`],
    ['another host', url.replace('://', '://evil.')],
    ['http for https', url.replace('https:', 'http:')],
    ['a parameter more', `${url}${query === undefined ? '?' : '&'}chat=00000000-0000-4000-8000-000000000000`],
  ];
};

const hex = (body: Uint8Array) => Buffer.from(body).toString('hex');
const fail = (reason: string): never => {
  throw new Error(reason);
};
