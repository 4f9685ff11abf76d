import type { Wanted } from './find-memos.ts';

/** The filter of the list. A URL holds a text that may be a number only sealed. */
export type Shown = Wanted & { person?: string | undefined };

export const isFiltered = ({ state, source, q, person, reason, since, until }: Shown): boolean =>
  Boolean(state || source || q || person || reason || since || until);

/** The URL of a filtered list. */
export const address = ({ number: _never, ...wanted }: Shown, fragment = false): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value) query.set(name, value);
  if (fragment) query.set('fragment', '1');
  return query.size > 0 ? `/?${query}` : '/';
};
