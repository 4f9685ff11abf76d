import { NUMBER } from '../../core/model/mask.ts';
import { canonicalNumber, isE164 } from '../../core/model/recording.ts';

/** Whether a text may be, or may contain, a telephone number: such a text must not stand in a URL. */
export const mayHoldNumber = (text: string): boolean => isNumeric(text) || NUMBER.test(text);

/** The number in E.164 where a text is one, with any spacing. */
export const e164Of = (text: string): string | undefined => {
  const number = canonicalNumber(text.replace(/^\s*tel:/i, '').replace(/^(\s*\+.*)\(0\)/, '$1'));
  return isE164(number) ? number : undefined;
};

/**
 * The digits by which a number that was typed without its country code is found: with and without a prefix that people
 * dial and that E.164 leaves out (0 within a country; 00 or 011 to another). A number of any country ends in its national digits, so no
 * country must be configured.
 * @returns none where the text is no number; at most four
 */
export const digitsOf = (text: string): string[] => {
  if (!isNumeric(text)) return [];
  const digits = text.replace(/\D/g, '');
  const all = [/^00/, /^011/, /^0/, /^(?=\d)/].map((prefix) => (prefix.test(digits) ? digits.replace(prefix, '') : ''));
  return [...new Set(all)].filter((each) => each.length >= LEAST_DIGITS);
};

/** Fewer digits are an extension or the beginning of an id, and would be found in many numbers. */
const LEAST_DIGITS = 6;

/** Digits and the punctuation of telephone numbers alone. */
const isNumeric = (text: string): boolean =>
  /^\s*(?:tel:)?[\d\s()+./–-]+$/i.test(text) && text.replace(/\D/g, '').length >= LEAST_DIGITS;
