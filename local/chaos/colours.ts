/** Colours for a terminal; none for any other output. */
export interface Colours {
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
}

export const coloursFor = (to: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): Colours => {
  const on = to.isTTY === true && !environment.NO_COLOR;
  const mark = (code: number) => (text: string) => (on ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { dim: mark(2), good: mark(32), bad: mark(31), strong: mark(1) };
};
