import * as z from 'zod';

/** Parses JSON in strict UTF-8; undefined where the bytes are anything else. */
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

/** The first five mistakes in an event, each with the path of its field. */
export const unreadable = ({ issues }: z.ZodError, prefix = '') => ({
  kind: 'unreadable' as const,
  reason: issues
    .slice(0, 5)
    .map(({ path, message }) => `${prefix}${path.join('.')}: ${message}`)
    .join('; '),
});

/**
 * Reads an event's JSON by a schema that names its kind. Most kinds are ignored, so a source checks the rest of the JSON by a schema of
 * its own, and only for the kinds that it takes.
 */
export const readKind = <T>(body: Uint8Array, schema: z.ZodType<T>) => {
  const json = readJson(body);
  if (json === undefined) return NOT_JSON;
  const read = schema.safeParse(json);
  return read.success ? { kind: 'read' as const, json, data: read.data } : unreadable(read.error);
};

/** A fact that a memo does not need: undefined where it is absent, or not as the source documents it. */
export const fact = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);

/** The readable entries of a list, and the mistakes in the others. */
export interface Entries<T> {
  read: T[];
  /** The position of each readable entry in the list. */
  positions: number[];
  unread?: string;
}

/** No call has so many recordings or parties. A body could contain a quarter of a million empty entries. */
const MAX_ENTRIES = 10_000;

/**
 * A list whose entries are read one by one, so that an unreadable entry does not stop the others. The list is
 * unreadable only where no entry can be read.
 * @param otherwise the message for a value that is not a list
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
