import * as z from 'zod';

/** An object that may have these fields and no others. `mistakes` names the likely field for a misspelt one. */
export const strict = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `${KNOWN}${Object.keys(shape).join(' ')}` : undefined),
  });
const KNOWN = 'known fields: ';

/**
 * The mistakes that a schema finds: one line each, with its path. A configuration is read once, so zod compiles no
 * parser for it: the compiler would take longer than the check, in each cold start.
 */
export const mistakes = (schema: z.ZodType, value: unknown, at: readonly PropertyKey[] = []): string[] =>
  (schema.safeParse(value, { jitless: true }).error?.issues ?? []).flatMap((issue) => linesOf(issue, at));

/** The likely word for a misspelt one: `; did you mean values?`, or nothing. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const [best] = known
    .map((each) => ({ each, away: distance(word.toLowerCase(), each.toLowerCase()) }))
    .sort((a, b) => a.away - b.away);
  return best && best.away <= Math.max(1, Math.floor(word.length / 3)) ? `: did you mean ${best.each}?` : '';
};

type Issue = z.core.$ZodIssue;

const linesOf = (issue: Issue, at: readonly PropertyKey[]): string[] => {
  const path = [...at, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.startsWith(KNOWN) ? issue.message.slice(KNOWN.length).split(' ') : [];
    return issue.keys.map((key) => `${pathOf([...path, key])}: there is no such setting${didYouMean(key, known)}`);
  }
  if (issue.code === 'invalid_union') {
    const misspelt = issue.errors
      .filter((branch) => branch.some(({ code }) => code === 'unrecognized_keys' || code === 'invalid_union'))
      .map((branch) => branch.flatMap((each) => linesOf(each, path)))
      .filter((lines) => lines.some((line) => line.includes('did you mean')))
      .sort((a, b) => a.length - b.length);
    if (misspelt[0]) return misspelt[0].filter((line) => line.includes('did you mean'));
  }
  return [`${pathOf(path)}: ${issue.message}`];
};

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join('.') || 'the value';

/** How many letters must be changed, added, left out or exchanged with their neighbour (optimal string alignment). */
const distance = (a: string, b: string): number => {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let j = 0; j <= b.length; j++) (rows[0] as number[])[j] = j; // the first row is always there
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : changed;
      (rows[i] as number[])[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped); // i is in range
    }
  }
  return at(a.length, b.length);
};
