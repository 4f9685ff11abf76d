/** Shows the progress in one changing line on a terminal; prints no progress elsewhere. */
export const progressOn = (to: NodeJS.WriteStream) => {
  const begun = performance.now();
  const clear = () => to.isTTY && to.write('\r\x1b[K');
  return {
    show(what: string) {
      if (!to.isTTY) return;
      clear();
      to.write(`… ${what}`.slice(0, to.columns - 1));
    },
    /** Prints a line that stays. */
    print(line: string) {
      clear();
      to.write(`${line}\n`);
    },
    seconds: (): string => `${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`,
  };
};
