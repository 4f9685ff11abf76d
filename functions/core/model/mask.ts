/**
 * A telephone number as people may see it in lists and logs: `+1 ••• ••• 0101`. The end is shown so that two numbers
 * can be told apart: four digits, or two of a number with fewer than nine. In other text, such as an extension, each
 * run of digits is masked.
 * @param written in E.164, or as a person or a URL (`%2B1…`) writes it
 */
export const maskNumber = (written: string): string => {
  const bare = written.replace(/^%2B/i, '+').replace(/[\s().-]/g, '');
  if (!/^\+?\d{7,}$/.test(bare))
    return (/^\+?\d+$/.test(bare) ? bare : written).replace(/\d{3,}/g, (digits) => `•••${digits.slice(-2)}`);
  const country = bare.startsWith('+1') ? '+1 ' : bare.startsWith('+') ? `${bare.slice(0, 3)} ` : '';
  return `${country}••• ••• ${bare.slice(bare.replace('+', '').length < 9 ? -2 : -4)}`;
};

/** E.164 with any spacing, and the North American form without `+1`. */
export const NUMBER = /\+\d[\d\s().-]{5,}\d|\(?\b\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}\b/;

/** Masks in a text of ours everything that looks like a telephone number. */
export const maskAny = (text: string): string => text.replace(new RegExp(NUMBER, 'g'), (number) => maskNumber(number));

/**
 * Masks in a text of somebody else's everything that may be a telephone number: seven digits or more, of any script, whatever stands
 * between them that is no letter. Times in ISO 8601 and UUIDs stay.
 */
export const maskEveryNumber = (text: string): string =>
  text.replace(TIME_ID_OR_DIGITS, (found, kept: string | undefined) => kept ?? maskDigits(found));

const TIME = String.raw`\b(?:19|20)\d\d-(?:0\d|1[0-2])-[0-3]\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)`;
/** One without a letter may be made of a number. */
const UUID = String.raw`\b(?![\d-]{36})[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b`;
/** Also as a URL (`%20`) or HTML (`&nbsp;`) writes a character. */
const BETWEEN = String.raw`(?:%[0-9a-f]{2}|&[a-z]{2,6};|[^\p{L}\p{Nd}]){0,6}`;
const TIME_ID_OR_DIGITS = new RegExp(String.raw`(${TIME}|${UUID})|(?:%2B|\+)?\(?\p{Nd}(?:${BETWEEN}\p{Nd}){6,}`, 'giu');

/** As `maskNumber`, however the number is written. Digits of a script that has no form in ASCII are not shown at all. */
const maskDigits = (written: string): string => {
  const plain = written.normalize('NFKC').replace(/^%2B/i, '+');
  const digits = plain.replace(/%[0-9a-f]{2}/gi, '').replace(/[^0-9]/g, '');
  return digits.length < 7 ? '••• •••' : maskNumber((plain.startsWith('+') ? '+' : '') + digits);
};
