import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import type { Fixture } from '../fixtures.ts';
import { classified, contextOf, type SourceCase } from './source-case.ts';

/** Values of a type that no fact has, or too long for a fact. */
const ODD: readonly unknown[] = [null, true, -1, 1e300, '', 'x'.repeat(300), [], [null], {}];

/**
 * A recording is not lost over a fact that a memo can do without: each leaf of a good delivery's JSON is replaced by odd values,
 * and each list is given an odd entry. Only what the case calls `needed` may make the event unreadable.
 * Where the proof covers only an id, no other leaf may change what is read.
 */
export const factsToDoWithout = (sourceCase: SourceCase, goods: readonly Fixture[]): void => {
  const { payload, needed } = sourceCase;
  const sign = sourceCase.sign ?? (payload && ((request: WebhookRequest) => request));
  const changes = goods.flatMap((good) => {
    const json = sign && jsonOf(sourceCase, good);
    if (json === undefined) return [];
    return [...leaves(json, []), ...lists(json, [])].map((change) => ({ good, ...change, name: good.name }));
  });
  if (changes.length === 0) return;

  describe('a recording is not lost over a fact that it can do without', () => {
    test.each(changes)('$name: $title', async ({ good, path, bodies }) => {
      if (needed?.test(path)) return;
      for (const body of bodies) {
        const signed = sign?.({ ...good.request, body: new Uint8Array(Buffer.from(body)) });
        if (!signed) throw new Error('the case has no sign');
        const proof = await sourceCase.source.authenticate(signed, contextOf(sourceCase, good.nowSeconds));
        if (proof.kind !== 'authentic') throw new Error(`signed by its own secret and ${proof.kind}: ${proof.reason}`);
        const event = sourceCase.source.classify(proof.event, 'hook-name');
        expect(event.kind === 'unreadable' ? `${body}\n${event.reason}` : 'read').toBe('read');
        if (sourceCase.source.payload === 'id-only') expect(event).toEqual(await classified(sourceCase, good));
      }
    });
  });
};

const jsonOf = ({ payload }: SourceCase, { request }: Fixture): unknown => {
  try {
    return JSON.parse(payload ? payload(request) : Buffer.from(request.body).toString());
  } catch {
    return undefined; // the body is a form
  }
};

type Path = readonly (string | number)[];
const change = (json: unknown, path: Path, title: string, values: readonly unknown[]) => ({
  path: path.join('.'),
  title,
  bodies: values.map((value) => JSON.stringify(replaced(json, path, value))),
});

function* leaves(json: unknown, path: Path, whole = json): Generator<ReturnType<typeof change>> {
  if (typeof json === 'object' && json !== null) {
    const keys = Array.isArray(json) ? json.map((_, at) => at) : Object.keys(json);
    for (const key of keys) yield* leaves(Object(json)[key], [...path, key], whole);
  } else if (path.length > 0) yield change(whole, path, `${path.join('.')} is odd`, ODD);
}

function* lists(json: unknown, path: Path, whole = json): Generator<ReturnType<typeof change>> {
  if (typeof json !== 'object' || json === null) return;
  if (Array.isArray(json) && json.length > 0) {
    const odd = [null, {}, 'x', []].map((entry) => [entry, ...json]);
    yield change(whole, path, `${path.join('.')} has an odd entry`, odd);
  }
  const keys = Array.isArray(json) ? json.map((_, at) => at) : Object.keys(json);
  for (const key of keys) yield* lists(Object(json)[key], [...path, key], whole);
}

const replaced = (json: unknown, [key, ...rest]: Path, value: unknown): unknown => {
  if (key === undefined) return value;
  const copy: Record<string | number, unknown> = Array.isArray(json) ? Object([...json]) : { ...Object(json) };
  copy[key] = replaced(Object(json)[key], rest, value);
  return copy;
};
