import { firstPartId, type Memo } from './memo.ts';

/**
 * The name of a memo's file: the last part of its S3 key, and the name of its attachment at Linq. It leads a message in a chat,
 * and a receipt, back to the memo. Whoever makes or reads such a name does so here.
 */
export const fileNameOf = (memo: string, extension: string): string => `${memo}.${extension}`;

/** The name of a memo's file and its extension, by the key of its audio in S3. */
export const fileOfKey = (key: string): { name: string; extension: string } => {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return { name, extension: name.slice(name.lastIndexOf('.') + 1) };
};

/** What a file's name says: of this memo, of another one, of this call but nobody knows of which part, or of no memo. */
export type Whose = 'ours' | 'another' | 'one of the parts' | 'nobody';

/**
 * Whose file it is, by its name. Linq is not documented to keep names: it may add a prefix or a suffix, or change the case or the
 * ending. The memo id is 130 bits of a hash, so a name that holds it anywhere is the name of this call's sound.
 * @param memo its id and, where its call is too long for one memo, which part it is
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
  // Linq might number equal names: then `-2` is the first part's file, and not the second's.
  return part.number === 1 ? 'one of the parts' : 'another';
};

/** What a file's name says where there is no row to compare it with, as in a receipt. */
export const memoNamed = (filename: string | undefined): Name | undefined => namesIn(filename)[0];

interface Name {
  /** The id of a whole call, or of its first part. */
  first: string;
  /** The part, where the name is as we made it but for its ending and its case. Undefined after a suffix of another kind. */
  number?: number;
}

const namesIn = (filename = ''): Name[] =>
  [...filename.toLowerCase().matchAll(/(m_[a-z2-7]{26})(?=([^/]*))/g)].map(([, first = '', rest = '']) => {
    if (/^(\.|$)/.test(rest)) return { first, number: 1 };
    const number = Number(/^-([1-9]\d{0,3})(?![a-z0-9])/.exec(rest)?.[1] ?? 1);
    return number > 1 ? { first, number } : { first };
  });
