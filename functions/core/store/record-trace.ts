import { traceKey } from '../model/keys.ts';
import { DAY_MS } from '../model/timing.ts';
import type { Traced, TraceSummary, WebhookTrace } from '../model/traces.ts';
import type { KeyValueStore, StepVerdict } from '../ports/ports.ts';

/** How long the last trace of a source is kept. */
const KEEP_MS = 30 * DAY_MS;

/**
 * Adds a trace to what is kept of its source. The traces of a source are one message group, so no other run writes at the
 * same time.
 */
export const recordTrace =
  (keyValues: Pick<KeyValueStore, 'read' | 'write'>) =>
  async ({ trace }: WebhookTrace): Promise<StepVerdict> => {
    const { id, source, outcome, count, at, reason } = trace;
    const key = traceKey(source);
    const before = (await keyValues.read(key)) ?? {};
    if (before.id === id) return { kind: 'done', outcome: 'repeated' };
    const last = summaryOf(before, outcome, at);
    // A trace that comes late, after the traces of the next day, is not counted.
    if (last && last.lastAt.slice(0, 10) > at.slice(0, 10)) return { kind: 'done', outcome: 'late' };
    const today: TraceSummary = {
      today: (last?.today ?? 0) + count,
      since: last?.since ?? at,
      lastAt: at,
      reason,
    };
    await keyValues.write(key, { ...before, id, [outcome]: JSON.stringify(today) }, KEEP_MS);
    return { kind: 'done', outcome: 'traced' };
  };

/** What is kept of an outcome, with the count of the day of `now`. */
export const summaryOf = (
  facts: Readonly<Record<string, string>>,
  outcome: Traced,
  now: string,
): TraceSummary | undefined => {
  const text = facts[outcome];
  if (text === undefined) return undefined;
  const kept: TraceSummary = JSON.parse(text); // as `recordTrace` wrote it
  if (kept.lastAt.slice(0, 10) >= now.slice(0, 10)) return kept;
  const { lastAt, reason } = kept;
  return { today: 0, lastAt, reason };
};
