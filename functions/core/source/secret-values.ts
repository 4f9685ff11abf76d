import type { SecretRef } from '../ports/source.ts';

/** No vendor gives a shorter one. */
const MIN_CHARACTERS = 8;
/**
 * Of a key that anybody on the Internet may guess at; and of each of several, since words of a passphrase are shorter: each of them
 * would open the API, and the whole would not.
 */
export const MIN_KEY_CHARACTERS = 16;

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
  if (/^(.)\1*$/s.test(bare)) return 'is one character over and over';
  if (value === ref.name || PLACEHOLDER.test(value)) return 'is a placeholder: the value itself was not put in';
  return ref.whyNot?.(value, count);
};

/** As documents and examples of settings have them: `<your token>`, `${TOKEN}`, `{{token}}`, `your-auth-token`, `changeme`, `sk_live_…`. */
const PLACEHOLDER = /^<.*>$|^\$\{?[A-Z_]+\}?$|^\{\{.*\}\}$|^(whsec_)?your[-_]|^(change|replace)[-_]?me|^placeholder|…/i;

/** The key to our own API, which a person may make up. The others are given by those who made them. */
export const API_KEY: SecretRef = {
  name: 'AFTERCALL_API_KEY',
  whyNot: (value, count) =>
    count > 1 && value.length < MIN_KEY_CHARACTERS
      ? `has ${value.length} characters. Blanks separate several keys, as for a rotation, and each of these must have ${MIN_KEY_CHARACTERS}; a single key has no blanks`
      : undefined,
};
