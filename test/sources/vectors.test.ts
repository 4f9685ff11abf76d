import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Source } from '../../functions/core/source.ts';
import { standardWebhooks } from '../../functions/sources/standard-webhooks.ts';
import { twilio } from '../../functions/sources/twilio.ts';

const SECRET = { name: 'VECTOR_SECRET' };
const FIXED_NOW_SECONDS = 1785000000;

/** How a vector's source is built: by its kind, or by kind and scheme where the schemes want other options. */
const BUILD: Readonly<Record<string, (vector: Vector) => Source>> = {
  twilio: () => twilio({ authToken: SECRET }),
  'standard-webhooks': () => standardWebhooks({ secret: SECRET }),
};

/** All that is asked of a vector of a kind that we do not know. */
const namedSchema = z.looseObject({ source: z.string(), scheme: z.string().default('') });

const vectorSchema = namedSchema.extend({
  secret: z.string(),
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  expect: z.enum(['valid', 'invalid']),
  note: z.string().default(''),
  /** The verifier's clock, in seconds. */
  now: z.number().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  /** What a handshake must answer; `headers` and `json` name the least, `max_bytes` the most. */
  response: z
    .object({
      status: z.number(),
      headers: z.record(z.string(), z.string()).default({}),
      json: z.unknown().optional(),
      max_bytes: z.number().default(Number.POSITIVE_INFINITY),
    })
    .optional(),
});
type Vector = z.infer<typeof vectorSchema>;

const path = process.env.VECTORS || new URL('../fixtures/signature-vectors.json', import.meta.url);
const all = z.array(namedSchema).parse(JSON.parse(readFileSync(path, 'utf8')));
const build = ({ source, scheme }: z.infer<typeof namedSchema>) => own(`${source}/${scheme}`) ?? own(source);
const own = (name: string) => (Object.hasOwn(BUILD, name) ? BUILD[name] : undefined);
const known = z.array(vectorSchema).parse(all.filter(build));
const skipped = all.filter((vector) => !build(vector));

const tally = { ran: 0, agreed: 0 };
afterAll(() => {
  const kinds = Map.groupBy(skipped, ({ source }) => source);
  const counts = [...kinds].map(([kind, each]) => `${kind} ${each.length}`).join(', ');
  const passedOver = skipped.length > 0 ? ` (${skipped.length} skipped: ${counts})` : '';
  process.stdout.write(`${tally.agreed} of ${tally.ran} agree${passedOver}\n`);
});

test('there are vectors for the sources that exist', () => {
  expect(known.length).toBeGreaterThan(0);
});

describe('an official signature is judged as its vector says', () => {
  test.each(
    known.map((vector) => ({ vector, title: `${vector.source} ${vector.scheme}, ${vector.expect}: ${vector.note}` })),
  )('$title', async ({ vector }) => {
    tally.ran += 1;
    const source = build(vector)?.(vector);
    if (!source) throw new Error(`no source is built for ${vector.source}`);
    const request = { ...vector, body: new Uint8Array(Buffer.from(vector.body)) };
    const read = async ({ name }: { name: string }) => (name === SECRET.name && vector.secret ? [vector.secret] : []);
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
    tally.agreed += 1;
  });
});
