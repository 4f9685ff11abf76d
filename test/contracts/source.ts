import { describe, expect, test } from 'vitest';
import { recordingSchema } from '../../functions/core/recording.ts';
import type { HookAnswer, Source, SourceContext, WebhookRequest } from '../../functions/core/source.ts';
import type { Fixture } from '../fixtures.ts';
import { pick } from '../fixtures.ts';
import { anythingAtAll } from './source-anything.ts';
import { fetchPlan } from './source-fetch.ts';
import { type Proof, spoiled } from './source-proofs.ts';
import { tampering } from './source-tampering.ts';

/** What a source's test tells the contract. All that is optional stays out where the scheme does not have it. */
export interface SourceCase {
  source: Source;
  /** The secret that the sender signs with, what the fixtures were signed with, and another of the same shape. */
  secret: { name: string; value: string; another: string };
  /** Secrets that only the fetch plan needs, by name. */
  fetchSecrets?: Readonly<Record<string, string>>;
  fixtures: Readonly<Record<string, Fixture>>;
  /** Fixtures to tamper with, one for each way that the scheme signs. Each must come to recordings. */
  good: readonly string[];
  /** Pairs of one event, delivered twice, and of two events. */
  retries: readonly (readonly [string, string])[];
  others: readonly (readonly [string, string])[];
  /** Where the sender proves itself, for a good fixture. */
  proofs: readonly Proof[];
  /** What a delivery without a proof is answered: `unsigned` where the sender signs when it is asked again. */
  withoutProof?: 'refused' | 'unsigned';
  /** Where `covers.time`: how old, and how far ahead of our clock, a delivery may be. */
  toleranceSeconds?: { past: number; ahead: number };
  /** Where `covers.id`: the header that carries the id or nonce. */
  idHeader?: string;
  /** Where `covers.body`: what the vendor says is covered of these bytes, where that is not each single one. */
  covered?(body: Uint8Array): string;
  /** Where not `covers.body`: another body that keeps the proof that is in it. Any bytes, where left out. */
  otherBody?(request: WebhookRequest): WebhookRequest;
  /** Signs as the sender would, with the good secret at the fixture's time. */
  sign?(request: WebhookRequest): WebhookRequest;
  /** Bodies in the source's own form with odd things in them, to be signed and read. */
  oddBodies?: readonly (string | Uint8Array)[];
  handshakes?: readonly { request: WebhookRequest; nowSeconds: number; answer: HookAnswer }[];
}

/** The contract between a source and the bridge: call it in the source's test, then test what is peculiar. */
export const sourceContract = (sourceCase: SourceCase): void => {
  const { source, secret, fixtures, good, retries, others, proofs, withoutProof = 'refused' } = sourceCase;
  const goods = good.map((name) => pick(fixtures, name));

  describe('what is delivered', () => {
    test.each(Object.values(fixtures))('is authentic and read as its fixture says: $name', async (fixture) => {
      const event = await classified(sourceCase, fixture);
      if (fixture.expect.kind === 'recordings') {
        const recordings = fixture.expect.recordings.map((each) => ({ source: 'hook-name', ...each }));
        expect(event).toEqual({ kind: 'recordings', recordings });
      } else {
        expect(event).toEqual({ kind: fixture.expect.kind, why: expect.stringContaining(fixture.expect.why) });
      }
    });

    test('is an event and no handshake', async () => {
      for (const { request, nowSeconds } of goods) {
        expect(await source.handshake?.(request, contextOf(sourceCase, nowSeconds))).toBeUndefined();
      }
    });
  });

  describe('a recording', () => {
    test.each(retries)('has the same id when the event is delivered again: %s, %s', async (first, again) => {
      expect(await ids(sourceCase, pick(fixtures, first))).toEqual(await ids(sourceCase, pick(fixtures, again)));
    });
    test.each(others)('has an id of its own: %s, %s', async (one, other) => {
      const both = [
        ...(await ids(sourceCase, pick(fixtures, one))),
        ...(await ids(sourceCase, pick(fixtures, other))),
      ];
      expect(new Set(both).size).toBe(both.length);
    });
    test.each(goods)('can be put on the queue, under an id that is no URL: $name', async (fixture) => {
      const event = await classified(sourceCase, fixture);
      const recordings = event.kind === 'recordings' ? event.recordings : [];
      expect(recordings.length).toBeGreaterThan(0);
      for (const recording of recordings) {
        expect(recordingSchema.safeParse(recording).error).toBeUndefined();
        expect(recording.id).not.toMatch(/:\/\//);
      }
    });
  });

  describe.each(goods)('a delivery is refused ($name)', ({ request, nowSeconds }) => {
    const judge = judgeWith(sourceCase, nowSeconds);

    const cases = proofs.flatMap((proof) => spoiled(proof, proof.read(request)).map((spoil) => ({ proof, spoil })));
    test.each(cases.map((each) => ({ ...each, title: `${each.proof.name} is ${each.spoil[0]}` })))(
      'when $title',
      async ({ proof, spoil: [, value] }) => {
        expect(proof.read(request)).not.toBe('');
        const kind = await judge(proof.write(request, value));
        expect(kind).toBe(value === undefined ? withoutProof : 'refused');
      },
    );
    test.each([
      ['another secret is configured', [secret.another]],
      ['no secret is configured', []],
    ])('when %s', async (_title, values) => {
      expect(await judge(request, values)).toBe('refused');
    });
  });

  test.each(goods)('an old secret beside a new one is accepted, in either order ($name)', async (fixture) => {
    const judge = judgeWith(sourceCase, fixture.nowSeconds);
    expect(await judge(fixture.request, [secret.another, secret.value])).toBe('authentic');
    expect(await judge(fixture.request, [secret.value, secret.another])).toBe('authentic');
  });

  describe('a handshake', () => {
    test('is answered as the vendor wants it, where there is one', async () => {
      for (const { request, nowSeconds, answer } of sourceCase.handshakes ?? []) {
        expect(await source.handshake?.(request, contextOf(sourceCase, nowSeconds))).toEqual(answer);
      }
      expect(source.handshake !== undefined).toBe((sourceCase.handshakes ?? []).length > 0);
    });
  });

  test('its own statuses may have a body, as every answer of ours has', () => {
    for (const status of Object.values(source.statuses ?? {})) {
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(600);
      expect([204, 205, 304]).not.toContain(status);
    }
  });

  tampering(sourceCase, goods);
  anythingAtAll(sourceCase, goods);
  fetchPlan(sourceCase, goods);
};

/** What the source may use of the world: the fixture's clock and these secrets. */
export const contextOf = (
  { secret, fetchSecrets = {} }: SourceCase,
  nowSeconds: number,
  values: readonly string[] = [secret.value],
): SourceContext => ({
  nowMs: nowSeconds * 1000,
  read: async ({ name }) => {
    if (name === secret.name) return values;
    const other = fetchSecrets[name];
    return other === undefined ? [] : [other];
  },
});

export const judgeWith =
  (sourceCase: SourceCase, nowSeconds: number) =>
  async (request: WebhookRequest, values?: readonly string[]): Promise<string> =>
    (await sourceCase.source.authenticate(request, contextOf(sourceCase, nowSeconds, values))).kind;

/** What an authentic delivery comes to, under the name `hook-name`. */
export const classified = async (sourceCase: SourceCase, { request, nowSeconds, name }: Fixture) => {
  const proof = await sourceCase.source.authenticate(request, contextOf(sourceCase, nowSeconds));
  if (proof.kind !== 'authentic') throw new Error(`the fixture ${name} is ${proof.kind}: ${proof.why}`);
  return sourceCase.source.classify(proof.event, 'hook-name');
};

const ids = async (sourceCase: SourceCase, fixture: Fixture): Promise<string[]> => {
  const event = await classified(sourceCase, fixture);
  if (event.kind !== 'recordings') throw new Error(`the fixture ${fixture.name} is ${event.kind}`);
  return event.recordings.map(({ id }) => id);
};
