import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import type { Fixture } from '../fixtures.ts';
import { contextOf, type SourceCase } from './source-case.ts';

const RUNS = 1000;

/** No request of a stranger makes a source throw, or passes as authentic. */
export const anythingAtAll = (sourceCase: SourceCase, goods: readonly Fixture[]): void => {
  const { source, proofs, sign, oddBodies = [] } = sourceCase;

  describe('anything at all', () => {
    test(`is refused and never throws (${RUNS} requests)`, async () => {
      const names = goods.flatMap(({ request }) => Object.keys(request.headers));
      await fc.assert(
        fc.asyncProperty(anyRequest([...new Set(names)]), fc.integer(), async (request, nowSeconds) => {
          const context = contextOf(sourceCase, nowSeconds);
          await source.handshake?.(request, context);
          expect((await source.authenticate(request, context)).kind).not.toBe('authentic');
        }),
        { numRuns: RUNS },
      );
    });

    test(`in place of a good delivery's proof is refused and never throws (${RUNS} requests)`, async () => {
      const changes = fc.tuple(fc.constantFrom(...goods), fc.constantFrom(...proofs), anyText);
      await fc.assert(
        fc.asyncProperty(changes, async ([{ request, nowSeconds }, proof, value]) => {
          fc.pre(value !== proof.read(request));
          const forged = proof.write(request, value);
          const { kind } = await source.authenticate(forged, contextOf(sourceCase, nowSeconds));
          expect(kind).not.toBe('authentic');
        }),
        { numRuns: RUNS },
      );
    });

    test('costs a stranger of ours no more than one plain reading of the body before its proof', async () => {
      const body = bytes(JSON.stringify({ token: 'x', data: Array.from({ length: 20_000 }, (_, id) => ({ id })) }));
      const parse = vi.spyOn(JSON, 'parse');
      for (const { request, nowSeconds } of goods) {
        const forged = { ...request, body };
        const { kind } = await source.authenticate(forged, contextOf(sourceCase, nowSeconds));
        // A scheme that does not cover the body accepts any body with the right token.
        if (sourceCase.source.covers.body) expect(kind).not.toBe('authentic');
      }
      const large = parse.mock.calls.filter(([text]) => String(text).length >= body.length);
      expect(large.length).toBeLessThanOrEqual(goods.length);
      expect(large.filter(([, reviver]) => reviver !== undefined)).toEqual([]);
      parse.mockRestore();
    });

    if (!sign) return;

    test(`that is signed is read without throwing, and what is not a recording has a reason (${RUNS} bodies)`, async () => {
      const bodies = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.webQueryParameters()).map(bytes),
        fc.constantFrom(...goods.map(({ request }) => request.body)).chain(spoil),
      );
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...goods), bodies, async (good, body) => {
          await expectReadable(sourceCase, good, body);
        }),
        { numRuns: RUNS },
      );
    });

    test.each(oddBodies.map((body) => [typeof body === 'string' ? body.slice(0, 80) : hex(body), body] as const))(
      'that is signed is read without throwing: %s',
      async (_title, body) => {
        for (const good of goods) await expectReadable(sourceCase, good, typeof body === 'string' ? bytes(body) : body);
      },
    );
  });
};

const expectReadable = async (sourceCase: SourceCase, good: Fixture, body: Uint8Array) => {
  const signed = sourceCase.sign?.({ ...good.request, body });
  if (!signed) throw new Error('the case has no sign');
  const proof = await sourceCase.source.authenticate(signed, contextOf(sourceCase, good.nowSeconds));
  if (sourceCase.carries?.(body) === false) return expect(proof.kind).toBe('refused');
  if (proof.kind !== 'authentic') throw new Error(`signed by its own secret and ${proof.kind}: ${proof.reason}`);
  const event = sourceCase.source.classify(proof.event, 'hook-name');
  if (event.kind === 'recordings') for (const { id } of event.recordings) expect(id).not.toBe('');
  else
    expect(event).toEqual({
      kind: expect.stringMatching(/^(ignored|not-ready|unreadable)$/),
      reason: expect.stringMatching(/./),
    });
};

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const hex = (body: Uint8Array) => Buffer.from(body).toString('hex').slice(0, 80);

/** A body with a piece cut out, or replaced by another piece. */
const spoil = (body: Uint8Array) =>
  fc
    .tuple(fc.nat(body.length), fc.nat(40), fc.oneof(fc.constant(''), fc.string(), fc.constantFrom('null', '{}', '-1')))
    .map(([at, cut, put]) => Buffer.concat([body.subarray(0, at), bytes(put), body.subarray(at + cut)]))
    .map((whole) => new Uint8Array(whole));

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.base64String(),
  fc.integer().map(String),
  fc.constantFrom('v1,', 'v1', ',', 'v0=', 'Bearer ', 'Bearer e30.e30.', 't=0,v0=', 'v=0,d=', 'hmac;1;0;', 'undefined'),
);

/** A URL as the bridge makes it: a configured base, then any path and query. */
const anyRequest = (headerNames: readonly string[]): fc.Arbitrary<WebhookRequest> =>
  fc.record({
    method: fc.constantFrom('POST', 'GET', 'HEAD'),
    url: fc
      .tuple(fc.constantFrom('https://hooks.example.com', 'http://localhost:8787/base'), fc.webPath(), fc.string())
      .map(([base, path, query]) => `${base}/${path}?${query}`),
    headers: fc.dictionary(fc.oneof(fc.constantFrom('content-type', ...headerNames), fc.string()), anyText),
    body: fc.oneof(fc.uint8Array(), fc.oneof(fc.json(), fc.webQueryParameters()).map(bytes)),
  });
