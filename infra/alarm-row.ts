import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';

export interface AlarmRow {
  /** The name of its line in docs/alarms.md. */
  kind: string;
  /** The source, function or queue, where each has an alarm of this kind. */
  of?: string;
  /** What happened, and what follows from it. */
  wrong: string;
  /** What to do, with the command. */
  fix: string;
  metric: IMetric;
  /** Rings at this count in a period, or after this many periods in a row without any. */
  when: { atLeast: number } | { absentFor: number };
  /** Sends a second e-mail when the fault is over. After a single event that would only mean that time has passed. */
  notifiesWhenOver?: true;
}

/** Longer than the slowest retry, 15 minutes, so that a lasting fault is one alarm, which does not come and go. */
export const MOMENT = Duration.minutes(20);
export const SOON = Duration.minutes(5);
export const HOUR = Duration.hours(1);

/** Rings at the first event. */
export const once = { when: { atLeast: 1 } } as const;

/** The command line for a stage, in backticks. */
export const commandAt =
  (stage: string) =>
  (command: string): string =>
    `\`npx aftercall ${command} --stage ${stage}\``;
