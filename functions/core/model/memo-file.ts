import { firstPartId, type Memo } from './memo.ts';

/**
 * The name of a memo's file: the last part of its S3 key, and the name of its attachment at Linq. By this name a
 * message in a chat, or a receipt, leads back to the memo. All such names are made and read in this file.
 */
export const fileNameOf = (memo: string, extension: string): string => `${memo}.${extension}`;

/** The name of a memo's file and its extension, by the key of its audio in S3. */
export const fileOfKey = (key: string): { name: string; extension: string } => {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return { name, extension: name.slice(name.lastIndexOf('.') + 1) };
};

/**
 * `ours`: this memo's file. `another`: another memo's. `one of the parts`: this call's, part unknown. `nobody`: no
 * memo's.
 */
export type Whose = 'ours' | 'another' | 'one of the parts' | 'nobody';

/**
 * Compares a file's name with a memo. Linq's documentation does not promise to keep names: Linq may add a prefix or a
 * suffix, or change the case or the extension. A memo id is 130 bits of a hash, so a name that contains the id anywhere
 * belongs to this call.
 * @param memo its id and, where its call has several memos, its part
 */
export const whoseFile = (filename: string | undefined, { id, part }: Pick<Memo, 'id' | 'part'>): Whose => {
  const names = namesIn(filename);
  const name = names.find(({ first }) => first === firstPartId(id));
  if (!name) return names.length > 0 ? 'another' : 'nobody';
  if (!part || part.of === 1) return 'ours';
  const { number } = name;
  if (number === 1) return part.number === 1 ? 'ours' : 'another';
  if (number === undefined || number > part.of) return 'one of the parts';
  if (number === part.number) return 'ours';
  // Linq might number equal names: then `-2` is the second file of the first part.
  return part.number === 1 ? 'one of the parts' : 'another';
};

/** The memo that a file's name contains, where there is no row to compare it with, as in a receipt. */
export const memoNamed = (filename: string | undefined): Name | undefined => namesIn(filename)[0];

interface Name {
  /** The id of a whole call, or of its first part. */
  first: string;
  /**
   * The part, where only extension and case may differ from the name that we gave. Undefined behind any other suffix.
   */
  number?: number;
}

const namesIn = (filename = ''): Name[] =>
  [...filename.toLowerCase().matchAll(/(m_[a-z2-7]{26})(?=([^/]*))/g)].map(([, first = '', rest = '']) => {
    if (/^(\.|$)/.test(rest)) return { first, number: 1 };
    const number = Number(/^-([1-9]\d{0,3})(?![a-z0-9])/.exec(rest)?.[1] ?? 1);
    return number > 1 ? { first, number } : { first };
  });
