/** Names bytes that are no audio, for the row: most often they are a vendor's error page. */
export const whatItResembles = (head: Uint8Array): string => {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 512)).trimStart().toLowerCase();
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) return 'an HTML page';
  if (text.startsWith('<')) return 'an XML page';
  if (text.startsWith('{') || text.startsWith('[')) return 'JSON';
  return UNKNOWN_BYTES;
};

export const UNKNOWN_BYTES = 'unknown bytes';
