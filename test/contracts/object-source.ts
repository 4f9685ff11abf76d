import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { objectCreatedSchema } from '../../functions/core/model/object-created.ts';
import { recordingSchema } from '../../functions/core/model/recording.ts';
import type { Classification, Source } from '../../functions/core/ports/source.ts';

/** An event as EventBridge delivers it, and what the source makes of it. */
export interface ObjectFixture {
  name: string;
  event: z.infer<typeof objectCreatedSchema>;
  expect: { kind: string; reason?: string; recordings?: object[] };
}

export const loadObjectFixtures = (kind: string): Record<string, ObjectFixture> => {
  const folder = new URL(`../fixtures/${kind}/`, import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return Object.fromEntries(
    files.map((file) => {
      const { name, event, expect } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
      return [name, { name, event: objectCreatedSchema.parse(event), expect }];
    }),
  );
};

export interface ObjectSourceCase {
  source: Source;
  fixtures: Record<string, ObjectFixture>;
  /** Two deliveries of one event. */
  retries: readonly [string, string][];
  /** Two recordings. */
  others: readonly [string, string][];
}

/** The contract between the bridge and a source that takes new objects of a bucket. */
export const objectSourceContract = ({ source, fixtures, retries, others }: ObjectSourceCase): void => {
  const classified = (name: string): Classification => {
    const { bucket, object } = fixtures[name]?.event.detail ?? { bucket: { name: '' }, object: { key: '' } };
    const event = source.classifyObject?.({ bucket: bucket.name, ...object }, 'drop-name');
    if (!event) throw new Error('the source takes no objects');
    return event;
  };
  const ids = (name: string): string[] => {
    const event = classified(name);
    if (event.kind !== 'recordings') throw new Error(`the fixture ${name} is ${event.kind}`);
    return event.recordings.map(({ id }) => id);
  };

  describe('a new object', () => {
    test.each(Object.values(fixtures))('is read as its fixture says: $name', ({ name, expect: wanted }) => {
      const { kind, reason, recordings } = wanted;
      const read = classified(name);
      if (recordings)
        expect(read).toEqual({ kind, recordings: recordings.map((one) => ({ source: 'drop-name', ...one })) });
      else expect(read).toEqual({ kind, reason: expect.stringContaining(reason ?? '') });
    });

    test.each(retries)('has the same id when its event comes again: %s, %s', (first, again) => {
      expect(ids(first)).toEqual(ids(again));
    });

    test.each(others)('is a recording of its own: %s, %s', (one, other) => {
      expect(ids(one)).not.toEqual(ids(other));
    });

    test('can be put on the queue under an id that shows nothing of its key, whatever the key', () => {
      fc.assert(
        fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }), (text) => {
          const key = `calls/${text}.wav`;
          const event = source.classifyObject?.({ bucket: 'acme-calls', key }, 'drop-name');
          expect(['recordings', 'ignored', 'unreadable']).toContain(event?.kind);
          for (const recording of event?.kind === 'recordings' ? event.recordings : []) {
            expect(recordingSchema.safeParse(recording).error).toBeUndefined();
            expect(recording.media).toEqual({ kind: 'object', bucket: 'acme-calls', key });
            expect(recording.id).toMatch(/^[\w-]+:[0-9a-f]{32}$/);
          }
        }),
        { numRuns: 200 },
      );
    });
  });

  test('it takes no webhook, whatever comes to a hook of its name', async () => {
    const request = {
      method: 'POST',
      url: 'https://bridge.example/hooks/drop-name',
      headers: {},
      body: Buffer.from('{}'),
    };
    const context = { nowMs: 0, read: async () => [] };
    expect((await source.authenticate(request, context)).kind).toBe('refused');
    expect(source.secrets).toEqual([]);
  });

  test('what it asks may answer anything', () => {
    const [first] = Object.values(fixtures).filter((one) => one.expect.recordings);
    const event = classified(first?.name ?? '');
    const question = event.kind === 'recordings' && source.lookUpParties?.(recordingSchema.parse(event.recordings[0]));
    if (!question) throw new Error('the source asks nothing of a good recording');
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const facts = question.read(json);
        expect(factsSchema.safeParse(facts).error).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
};

const factsSchema = z
  .strictObject({
    from: z.string().min(1).exactOptional(),
    to: z.string().min(1).exactOptional(),
    direction: z.enum(['inbound', 'outbound']).exactOptional(),
    chat: z.guid().exactOptional(),
  })
  .optional();
