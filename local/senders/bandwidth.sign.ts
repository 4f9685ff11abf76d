/** Bandwidth signs nothing: the credentials of the BXML verb come with each event. */
export const basic = (credentials: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
});
