import * as z from 'zod';

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

export const NOT_JSON = { kind: 'unreadable', reason: 'the body is not JSON in UTF-8' } as const;

/** What is wrong with an event, by the names of its fields; the first few, as a long list may have a hundred thousand. */
export const unreadable = ({ issues }: z.ZodError, prefix = '') => ({
  kind: 'unreadable' as const,
  reason: issues
    .slice(0, 5)
    .map(({ path, message }) => `${prefix}${path.join('.')}: ${message}`)
    .join('; '),
});

/** A fact that a memo can do without: undefined where it is absent, and where it is not what the source documents. */
export const fact = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);

/** The entries of a list that can be read, and what is wrong with the others. */
export interface Entries<T> {
  read: T[];
  /** Where in the list each of them stood. */
  positions: number[];
  unread?: string;
}

/** No call has so many recordings or parties. A body could hold a quarter of a million empty entries, each to be refused by itself. */
const MAX_ENTRIES = 10_000;

/**
 * A list of which each entry is read by itself: one that is unreadable spoils no other. Unreadable as a whole only where no entry
 * of it can be read.
 * @param otherwise what is said of a value that is no list
 */
export const entriesOf = <T>(entry: z.ZodType<T>, otherwise = 'must be a list') => {
  const bounded = z.array(z.unknown(), { error: otherwise }).max(MAX_ENTRIES, `has more than ${MAX_ENTRIES} entries`);
  return bounded.transform((list, context): Entries<T> => {
    const read: T[] = [];
    const positions: number[] = [];
    const issues: z.core.$ZodIssue[] = [];
    for (const [at, each] of list.entries()) {
      const parsed = entry.safeParse(each);
      if (parsed.success) {
        read.push(parsed.data);
        positions.push(at);
      } else for (const issue of parsed.error.issues.slice(0, 5)) issues.push({ ...issue, path: [at, ...issue.path] });
    }
    if (issues.length === 0) return { read, positions };
    if (read.length > 0) return { read, positions, unread: unreadable(new z.ZodError(issues.slice(0, 5))).reason };
    for (const { path, message } of issues.slice(0, 5)) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  });
};
