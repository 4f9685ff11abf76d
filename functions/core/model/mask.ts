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
