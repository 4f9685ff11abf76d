import { describe, expect, test } from 'vitest';
import { recordingSchema } from '../../functions/core/model/recording.ts';
import { type Fixture, pick } from '../fixtures.ts';
import { anythingAtAll } from './source-anything.ts';
import { classified, contextOf, judgeWith, type SourceCase } from './source-case.ts';
import { factsToDoWithout } from './source-facts.ts';
import { fetchPlan } from './source-fetch.ts';
import { spoiled } from './source-proofs.ts';
import { tampering } from './source-tampering.ts';

/** The contract between a source and the bridge. Call it in the source's test, then test what only this source does. */
export const sourceContract = (sourceCase: SourceCase): void => {
  const { source, secret, fixtures, good, retries, others, proofs, withoutProof = 'refused' } = sourceCase;
  const goods = good.map((name) => pick(fixtures, name));

  describe('what is delivered', () => {
    test.each(Object.values(fixtures))('is authentic and read as its fixture says: $name', async (fixture) => {
      const event = await classified(sourceCase, fixture);
      if (fixture.expect.kind === 'recordings') {
        const recordings = fixture.expect.recordings.map((each) => ({ source: 'hook-name', ...each }));
        const { unread } = fixture.expect;
        expect(event).toEqual({ kind: 'recordings', recordings, ...(unread !== undefined && { unread }) });
      } else {
        expect(event).toEqual({ kind: fixture.expect.kind, reason: expect.stringContaining(fixture.expect.reason) });
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
      const both = [...(await ids(sourceCase, pick(fixtures, one))), ...(await ids(sourceCase, pick(fixtures, other)))];
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

  test.each(goods)('a delivery of another account is refused, well signed as it is ($name)', async (fixture) => {
    for (const name of Object.keys(sourceCase.account ?? {})) {
      expect(source.secrets.map((each) => each.name)).toContain(name);
      const { [name]: ours = '', ...others } = sourceCase.account ?? {};
      for (const account of [others, { ...others, [name]: `${ours}x` }])
        expect(await judgeWith({ ...sourceCase, account }, fixture.nowSeconds)(fixture.request)).toBe('refused');
    }
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
  factsToDoWithout(sourceCase, goods);
  fetchPlan(sourceCase, goods);
};

const ids = async (sourceCase: SourceCase, fixture: Fixture): Promise<string[]> => {
  const event = await classified(sourceCase, fixture);
  if (event.kind !== 'recordings') throw new Error(`the fixture ${fixture.name} is ${event.kind}`);
  return event.recordings.map(({ id }) => id);
};
