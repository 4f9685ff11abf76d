import type { Clock } from '../../functions/core/ports/ports.ts';

export interface History {
  /** One line of plain English, under the time at which it happened. */
  say(what: string): void;
  lines(): string[];
}

/** What happened in a world, in order. */
export const historyOf = (clock: Clock): History => {
  const entries: { ms: number; what: string }[] = [];
  return {
    say(what) {
      entries.push({ ms: clock.nowMs(), what });
    },
    lines: () => entries.map(({ ms, what }) => `${new Date(ms).toISOString().slice(5, 23).replace('T', ' ')}  ${what}`),
  };
};
