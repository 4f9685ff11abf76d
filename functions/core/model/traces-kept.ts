import type { Traced, TracedEvent, TraceSummary } from './traces.ts';

type Facts = Readonly<Record<string, string>>;

/** What is kept of an outcome, with the count of the day of `now`. */
export const summaryOf = (facts: Facts, outcome: Traced, now: string): TraceSummary | undefined => {
  const text = facts[outcome];
  if (text === undefined) return undefined;
  const kept: TraceSummary = JSON.parse(text); // as `recordTrace` wrote it
  if (kept.lastAt.slice(0, 10) >= now.slice(0, 10)) return kept;
  const { lastAt, reason } = kept;
  return { today: 0, lastAt, reason };
};

/** The last traces of a source. */
export const eventsIn = ({ events }: Facts): TracedEvent[] => (events === undefined ? [] : JSON.parse(events)); // as `recordTrace` wrote it
