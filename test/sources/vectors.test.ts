import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import bridge from '../../bridge.config.ts';
import type { Source } from '../../functions/core/ports/source.ts';
import { namedSchema, type Vector, vectorSchema } from '../vector.ts';

const FIXED_NOW_SECONDS = 1785000000;

/**
 * Each vector uses the source that the shipped configuration has under its name. Where a scheme needs other options,
 * `test/fixtures/<source>/build.ts` has a `build` that makes the source.
 */
const BUILDS: Readonly<Record<string, (vector: Vector) => Source | undefined>> = Object.fromEntries(
  await Promise.all(
    Object.entries(bridge.sources).map(async ([name, source]) => {
      const own = new URL(`../fixtures/${name}/build.ts`, import.meta.url);
      const { build } = existsSync(own) ? await import(own.href) : { build: () => source };
      return [name, build] as const;
    }),
  ),
);

const path = process.env.VECTORS || new URL('../fixtures/signature-vectors.json', import.meta.url);
const all = z.array(namedSchema).parse(JSON.parse(readFileSync(path, 'utf8')));
const build = ({ source }: z.infer<typeof namedSchema>) => (Object.hasOwn(BUILDS, source) ? BUILDS[source] : undefined);
const known = z.array(vectorSchema).parse(all.filter(build));
const skipped = all.filter((vector) => !build(vector));

const counted = { ran: 0, agreed: 0 };
afterAll(() => {
  const kinds = Map.groupBy(skipped, ({ source }) => source);
  const counts = [...kinds].map(([kind, each]) => `${kind} ${each.length}`).join(', ');
  const passedOver = skipped.length > 0 ? ` (${skipped.length} skipped: ${counts})` : '';
  process.stdout.write(`${counted.agreed} of ${counted.ran} agree${passedOver}\n`);
});

test('there are vectors for the sources that exist', () => {
  expect(known.length).toBeGreaterThan(0);
});

describe('an official signature is judged as its vector says', () => {
  test.each(
    known.map((vector) => ({ vector, title: `${vector.source} ${vector.scheme}, ${vector.expect}: ${vector.note}` })),
  )('$title', async ({ vector }) => {
    counted.ran += 1;
    const source = build(vector)?.(vector);
    if (!source) throw new Error(`no source is built for ${vector.source}`);
    const request = { ...vector, body: new Uint8Array(Buffer.from(vector.body)) };
    const read = async () => (vector.secret ? [vector.secret] : []);
    const context = { nowMs: (vector.now ?? FIXED_NOW_SECONDS) * 1000, read };

    const answer = await source.handshake?.(request, context);

    if (vector.response) {
      const { status, headers, json, max_bytes } = vector.response;
      expect(answer).toMatchObject({ status, headers });
      const text = answer?.body ?? '';
      if (json !== undefined) expect(JSON.parse(text)).toEqual(json);
      expect(JSON.stringify(answer?.headers ?? {}).length + text.length).toBeLessThanOrEqual(max_bytes);
    } else {
      expect(answer).toBeUndefined();
      const { kind } = await source.authenticate(request, context);
      if (vector.expect === 'valid') expect(kind).toBe('authentic');
      else expect(kind).not.toBe('authentic');
    }
    counted.agreed += 1;
  });
});
