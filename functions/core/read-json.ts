import type * as z from 'zod';

/** JSON in UTF-8, or undefined. The bytes of a verified event are read strictly: nothing is replaced on the way. */
export const readJson = (
  body: Uint8Array,
  reviver?: (key: string, value: unknown, context?: { source?: string }) => unknown,
): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), reviver);
  } catch {
    return undefined;
  }
};

export const NOT_JSON = { kind: 'unreadable', why: 'the body is not JSON in UTF-8' } as const;

/** What is wrong with an event, by the names of its fields; the first few, as a long list may have a hundred thousand. */
export const unreadable = ({ issues }: z.ZodError, prefix = '') => ({
  kind: 'unreadable' as const,
  why: issues
    .slice(0, 5)
    .map(({ path, message }) => `${prefix}${path.join('.')}: ${message}`)
    .join('; '),
});
