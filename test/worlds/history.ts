import type { Clock } from '../../functions/core/ports/ports.ts';

export interface History {
  /** Adds one line of plain English, with the time of the event. */
  say(what: string): void;
  lines(): string[];
}

/** Records the events of a world in order. */
export const historyOf = (clock: Clock): History => {
  const entries: { ms: number; what: string }[] = [];
  return {
    say(what) {
      entries.push({ ms: clock.nowMs(), what });
    },
    lines: () => entries.map(({ ms, what }) => `${new Date(ms).toISOString().slice(5, 23).replace('T', ' ')}  ${what}`),
  };
};
