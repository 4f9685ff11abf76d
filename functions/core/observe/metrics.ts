import type { LogFacts } from '../ports/ports.ts';

/** Whatever is counted stands in CloudWatch under this name, its `stage` and, where the row says so, more. */
export const NAMESPACE = 'Aftercall';

/** Each has few values, and none that a caller chose: a source counts only where the configuration has it. */
export type Dimension = 'stage' | 'service' | 'source';

export interface MetricRow {
  unit: 'Count' | 'Milliseconds';
  dimensions: readonly Dimension[];
  /** The log line that it is made of. */
  level: Level;
  /** Any step's where none is named. */
  step?: string;
  outcomes: readonly string[];
}
export type Level = 'info' | 'warn' | 'error';

const STAGE = ['stage'] as const;
const BY_SOURCE = ['stage', 'source'] as const;
const count = (level: Level, step: string | undefined, ...outcomes: string[]) =>
  ({ unit: 'Count', dimensions: STAGE, level, ...(step && { step }), outcomes }) as const;
const milliseconds = (level: Level, step: string, ...outcomes: string[]) =>
  ({ unit: 'Milliseconds', dimensions: STAGE, level, step, outcomes }) as const;
const bySource = (level: Level, ...outcomes: string[]) =>
  ({ unit: 'Count', dimensions: BY_SOURCE, level, step: 'receive', outcomes }) as const;

/**
 * What is counted, in the order the data meets it: each time a log line has this level, step and outcome, one more; or, in
 * milliseconds, the line's `ms`. A line that is never written counts nothing, so a step writes it as soon as it is true.
 */
export const METRICS = {
  // Webhooks, by what `receive` answers. Taken: authentic, with a recording in it or not.
  EventsTaken: bySource('info', 'accepted', 'pending', 'ignored'),
  EventsAccepted: bySource('info', 'accepted', 'pending'),
  EventsIgnored: bySource('info', 'ignored'),
  // Also where the source is off, for want of its secret.
  EventsRefused: bySource('warn', 'refused', 'no-such-source'),
  EventsUnreadable: bySource('warn', 'unreadable', 'too-large'),

  // What a step threw; its message comes again.
  StepsFailed: { unit: 'Count', dimensions: ['stage', 'service'], level: 'error', outcomes: ['step-failed'] },
  // A lease that SQS did not set, renew or end; its message comes again.
  LeasesFailed: count('error', undefined, 'lease-failed'),
  // A message or a row that a later version wrote; its message waits.
  LaterVersions: count('error', undefined, 'later-version'),
  MsToFit: milliseconds('info', 'store', 'fitted'),

  // Linq's answers to a voice memo, by what they mean: docs/linq.md.
  LinqTook: count('info', 'send', 'done'),
  LinqRefused: count('info', 'send', 'refused'),
  LinqNotNow: count('info', 'send', 'not-now'),
  LinqOurFault: count('info', 'send', 'our-fault'),
  LinqCannotFetch: count('info', 'send', 'cannot-fetch'),
  LinqUnknown: count('info', 'send', 'unknown'),
  MsOfLinq: milliseconds('info', 'send', 'done', 'refused', 'not-now', 'our-fault', 'cannot-fetch', 'unknown'),
  // To whatever we ask of Linq: the key, the line or the account must be fixed.
  LinqRefusesUs: count('error', 'send', 'our-fault'),

  // Memos, by how they end.
  MemosSent: count('info', undefined, 'sent'),
  MemosFailed: count('warn', undefined, 'failed'),
  MemosSkipped: count('info', undefined, 'skipped'),
  MemosUnrouted: count('warn', undefined, 'unrouted'),
  MemosRejected: count('warn', undefined, 'rejected'),
  MemosParked: count('error', undefined, 'parked'),
  // From the webhook until Linq has it.
  MsToSent: { unit: 'Milliseconds', dimensions: STAGE, level: 'info', outcomes: ['sent'] },

  // What Linq says later.
  MemosDelivered: count('info', undefined, 'delivered'),
  MemosRead: count('info', undefined, 'read'),
  DeliveriesFailed: count('warn', 'api', 'delivery-failed'),
  LinesFlagged: count('error', 'api', 'line-flagged'),
  // A token that ends, or a subscription that was switched off.
  LinqAccountChanges: count('error', undefined, 'linq-account'),
  LinqEventsRefused: count('warn', 'api', 'refused'),
  LinqEventsUnreadable: count('warn', 'api', 'unreadable'),

  Sweeps: count('info', 'tend', 'swept'),
  CopiesLeftAtLinq: count('error', undefined, 'not-erased'),
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;

/** What a log line counts, and how much. */
export const countedIn = (
  level: Level,
  { step, outcome = '', ms }: LogFacts,
): { name: MetricName; row: MetricRow; value: number }[] =>
  ROWS.filter(
    ([, row]) => row.level === level && (row.step ?? step) === step && row.outcomes.includes(outcome),
  ).flatMap(([name, row]) => {
    const value = row.unit === 'Milliseconds' ? ms : 1;
    return value === undefined ? [] : [{ name, row, value }];
  });

/** `Object.entries` forgets that the names are these. */
const ROWS = Object.entries(METRICS) as [MetricName, MetricRow][];
