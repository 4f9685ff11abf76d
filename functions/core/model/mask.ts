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
 * Masks in a text of somebody else's everything that may be a telephone number: seven digits or more, in any spelling. Times in ISO 8601
 * and UUIDs stay.
 */
export const maskEveryNumber = (text: string): string =>
  text.replace(TIME_ID_OR_DIGITS, (found, kept: string | undefined) => kept ?? maskNumber(found));

const TIME_ID_OR_DIGITS =
  /(\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?!\d)|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b)|(?:%2B|\+)?\(?\d(?:[\s()./-]{0,4}\d){6,}/gi;
