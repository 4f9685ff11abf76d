import type { Runtime } from './runtime.ts';

/** Ends a command that follows: with the runtime's own end, or with a person's first Ctrl-C. A second Ctrl-C ends the whole process. */
export const interrupted = ({ until }: Pick<Runtime, 'until'>): AbortSignal => {
  if (until) return until;
  const end = new AbortController();
  process.once('SIGINT', () => end.abort());
  return end.signal;
};
