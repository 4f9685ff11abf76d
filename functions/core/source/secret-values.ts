import type { SecretRef } from '../ports/source.ts';

/** No vendor gives a shorter one. */
const MIN_CHARACTERS = 8;
/**
 * For a key that anybody on the Internet may guess. Also for each of several keys: the words of a passphrase with
 * blanks are shorter, and would otherwise each open the API.
 */
export const MIN_KEY_CHARACTERS = 16;

export interface SecretValues {
  /** The usable values, in their order: the newest first. */
  values: string[];
  /** Why the other values are not used: a sentence for each, with the secret's name and nothing of its value. */
  faults: string[];
}

/**
 * Reads the text of a secret: values separated by white space, so that a rotation may have two. A placeholder or
 * another value that cannot be a secret is not used, since anybody who guesses it could sign with it.
 */
export const secretValues = (text: string | undefined, ref: SecretRef): SecretValues => {
  const given = text?.split(/\s+/).filter(Boolean) ?? [];
  const read: SecretValues = { values: [], faults: [] };
  for (const value of given) {
    const reason = whyNot(value, ref, given.length);
    if (reason === undefined) read.values.push(value);
    else {
      const which =
        given.length > 1 ? ` (value ${given.indexOf(value) + 1} of ${given.length}, separated by blanks)` : '';
      read.faults.push(`${ref.name}${which} ${reason}`);
    }
  }
  return read;
};

const whyNot = (value: string, ref: SecretRef, count: number): string | undefined => {
  const bare = value.replace(/^whsec_/, '').replace(/=+$/, '');
  if (bare.length < MIN_CHARACTERS) return `is too short to be a secret: ${bare.length} characters`;
  if (/^(.)\1*$/s.test(bare)) return 'is one character repeated: set the real value';
  if (value === ref.name || PLACEHOLDER.test(value)) return 'is a placeholder: set the real value';
  return ref.whyNot?.(value, count);
};

/**
 * As in documentation and example settings: `<your token>`, `${TOKEN}`, `{{token}}`, `your-auth-token`, `changeme`,
 * `sk_live_…`.
 */
const PLACEHOLDER = /^<.*>$|^\$\{?[A-Z_]+\}?$|^\{\{.*\}\}$|^(whsec_)?your[-_]|^(change|replace)[-_]?me|^placeholder|…/i;

/** The key of our own API, which a person may invent. All other secrets come from their vendors. */
export const API_KEY: SecretRef = {
  name: 'AFTERCALL_API_KEY',
  whyNot: (value, count) =>
    count > 1 && value.length < MIN_KEY_CHARACTERS
      ? `has ${value.length} characters. Blanks separate several keys during a rotation, and each key needs ${MIN_KEY_CHARACTERS} characters. Remove the blanks from a single key`
      : undefined,
};
