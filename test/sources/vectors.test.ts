import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import bridge from '../../bridge.config.ts';
import { withHook } from '../../functions/config.ts';
import type { SecretRef, Source } from '../../functions/core/ports/source.ts';
import { namedSchema, type Vector, vectorSchema } from '../vector.ts';

/** During a rotation a verifier holds several secrets. */
const rotating = z.object({ secrets: z.array(z.string()) });

const FIXED_NOW_SECONDS = 1785000000;

/**
 * A vector's source is the one that the shipped configuration has under its name. Where a scheme wants other options,
 * `test/fixtures/<source>/build.ts` has a `build` that makes it, and where it is configured with more than a secret, a `values` that
 * says what each name of a setting reads.
 */
interface Build {
  build(vector: Vector): Source | undefined;
  values?(vector: Vector): Readonly<Record<string, readonly string[]>>;
}
const BUILDS: Readonly<Record<string, Build>> = Object.fromEntries(
  await Promise.all(
    Object.entries(withHook(bridge.sources)).map(async ([name, source]) => {
      const own = new URL(`../fixtures/${name}/build.ts`, import.meta.url);
      const made: Build = { build: () => source, ...(existsSync(own) && (await import(own.href))) };
      return [name, made] as const;
    }),
  ),
);

const ours = ['signature-vectors', 'signature-vectors-more'].map(
  (name) => new URL(`../fixtures/${name}.json`, import.meta.url),
);
const paths = process.env.VECTORS ? [process.env.VECTORS] : ours;
const all = paths.flatMap((path) => z.array(namedSchema).parse(JSON.parse(readFileSync(path, 'utf8'))));
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
    const known = build(vector);
    const source = known?.build(vector);
    if (!source) throw new Error(`no source is built for ${vector.source}`);
    const request = { ...vector, body: new Uint8Array(Buffer.from(vector.body)) };
    const secrets = rotating.safeParse(vector.config).data?.secrets ?? (vector.secret ? [vector.secret] : []);
    const named = known?.values?.(vector);
    const read = async ({ name }: SecretRef) => named?.[name] ?? secrets;
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
