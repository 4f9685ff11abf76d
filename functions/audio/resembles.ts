/** What bytes are that resemble nothing. */
export const UNKNOWN = 'unknown bytes';

/** A word for the row: vendors' error pages are what arrives most often in place of audio. */
export const resembles = (head: Uint8Array): string => {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 512)).trimStart().toLowerCase();
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) return 'an HTML page';
  if (text.startsWith('<')) return 'an XML page';
  if (text.startsWith('{') || text.startsWith('[')) return 'JSON';
  return UNKNOWN;
};
