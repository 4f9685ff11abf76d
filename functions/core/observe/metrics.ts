import type { LogFacts } from '../ports/ports.ts';

/** The CloudWatch namespace of all metrics. Each metric has the dimension `stage`, and some have more. */
export const NAMESPACE = 'Aftercall';

/**
 * Each dimension has few values, and none that a caller can choose: a source counts only where the configuration has
 * it.
 */
export type Dimension = 'stage' | 'service' | 'source';

export interface MetricRow {
  unit: 'Count' | 'Milliseconds';
  dimensions: readonly Dimension[];
  /** The log line that counts. */
  level: Level;
  /** Any step where absent. */
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
 * The metrics, in the order of the path. A log line with the level, the step and one of the outcomes counts 1, or its
 * `ms` for a metric in milliseconds. A step writes the line as soon as the fact is true, since a line that is not
 * written is not counted.
 */
export const METRICS = {
  // Webhooks, by the answer of `receive`. EventsTaken: all authentic events, with or without a recording.
  EventsTaken: bySource('info', 'accepted', 'pending', 'ignored'),
  EventsAccepted: bySource('info', 'accepted', 'pending'),
  EventsIgnored: bySource('info', 'ignored'),
  // Also counts webhooks of a source that is off because a secret is absent.
  EventsRefused: bySource('warn', 'refused', 'no-such-source'),
  EventsUnreadable: bySource('warn', 'unreadable', 'too-large'),
  // A failure of ours, answered with the status of a source that 503 would not make try again. The API itself counts every 5xx.
  EventsNotTaken: count('error', 'receive', 'unavailable'),

  // A step threw an error; its message comes again.
  StepsFailed: { unit: 'Count', dimensions: ['stage', 'service'], level: 'error', outcomes: ['step-failed'] },
  // SQS did not set, renew or end a lease; the message comes again.
  LeasesFailed: count('error', undefined, 'lease-failed'),
  // A later version wrote the message or the row; the message waits.
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
  // Linq refuses any request of ours: the key, the line or the account must be fixed.
  LinqRefusesUs: count('error', 'send', 'our-fault'),

  // Memos, by their final state.
  MemosSent: count('info', undefined, 'sent'),
  MemosFailed: count('warn', undefined, 'failed'),
  MemosSkipped: count('info', undefined, 'skipped'),
  MemosUnrouted: count('warn', undefined, 'unrouted'),
  MemosRejected: count('warn', undefined, 'rejected'),
  MemosParked: count('error', undefined, 'parked'),
  // From the webhook until Linq has it.
  MsToSent: { unit: 'Milliseconds', dimensions: STAGE, level: 'info', outcomes: ['sent'] },

  // Linq's later events.
  MemosDelivered: count('info', undefined, 'delivered'),
  MemosRead: count('info', undefined, 'read'),
  DeliveriesFailed: count('warn', 'api', 'delivery-failed'),
  LinesFlagged: count('error', 'api', 'line-flagged'),
  // A token that expires, or a subscription that was switched off.
  LinqAccountChanges: count('error', undefined, 'linq-account'),
  LinqEventsRefused: count('warn', 'api', 'refused'),
  LinqEventsUnreadable: count('warn', 'api', 'unreadable'),

  Sweeps: count('info', 'tend', 'swept'),
  CopiesLeftAtLinq: count('error', undefined, 'not-erased'),
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;

/** The metrics that a log line counts for, and the value for each. */
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
