import type { SecretRef } from './source.ts';

/** No vendor gives a shorter one. */
const MIN_CHARACTERS = 8;
/** Words of a passphrase are shorter: each of them would open the API, and the whole would not. */
const MIN_CHARACTERS_OF_SEVERAL = 16;

export interface SecretValues {
  /** Those that can be this secret, in their order: the newest first. */
  values: string[];
  /** Why others are not used, each a sentence that names the secret and shows nothing of it. */
  faults: string[];
}

/**
 * How the text of a secret is read, wherever it is kept: values separated by white space, so that a rotation may have two. A value
 * that cannot be one proves and opens nothing: whoever knows that it stands there by mistake could sign with it.
 */
export const secretValues = (text: string | undefined, ref: SecretRef): SecretValues => {
  const given = text?.split(/\s+/).filter(Boolean) ?? [];
  const read: SecretValues = { values: [], faults: [] };
  for (const value of given) {
    const why = whyNot(value, ref, given.length);
    if (why === undefined) read.values.push(value);
    else {
      const which =
        given.length > 1 ? ` (value ${given.indexOf(value) + 1} of ${given.length}, separated by blanks)` : '';
      read.faults.push(`${ref.name}${which} ${why}`);
    }
  }
  return read;
};

const whyNot = (value: string, ref: SecretRef, count: number): string | undefined => {
  const bare = value.replace(/^whsec_/, '').replace(/=+$/, '');
  if (bare.length < MIN_CHARACTERS) return `is too short to be a secret: ${bare.length} characters`;
  if (/^(.)\1*$/s.test(bare)) return 'is one character over and over';
  return ref.whyNot?.(value, count);
};

/** The key to our own API, which a person may make up. The others are given by those who made them. */
export const API_KEY: SecretRef = {
  name: 'AFTERCALL_API_KEY',
  whyNot: (value, count) =>
    count > 1 && value.length < MIN_CHARACTERS_OF_SEVERAL
      ? `has ${value.length} characters. Blanks separate several keys, as for a rotation, and each of these must have ${MIN_CHARACTERS_OF_SEVERAL}; a single key has no blanks`
      : undefined,
};
