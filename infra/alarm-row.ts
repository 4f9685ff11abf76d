import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';

export interface AlarmRow {
  /** As its line in docs/alarms.md is called. */
  kind: string;
  /** Which source, function or queue, where each has one. */
  of?: string;
  /** What is wrong, and what it means. */
  wrong: string;
  /** What to do, with the command. */
  fix: string;
  metric: IMetric;
  /** It speaks at so many, or where in so many periods, one after the other, there was none. */
  when: { atLeast: number } | { absentFor: number };
  /** It ends when it is fixed, and says so too. One that tells of a single event would only say that time has passed. */
  saysMended?: true;
}

/** Longer than the slowest retry, 15 minutes: what goes on is one alarm, which does not come and go. */
export const MOMENT = Duration.minutes(20);
export const SOON = Duration.minutes(5);
export const HOUR = Duration.hours(1);

/** It speaks at the first. */
export const once = { when: { atLeast: 1 } } as const;

/** A command as it is typed for a stage. */
export const commandAt =
  (stage: string) =>
  (command: string): string =>
    `\`npx aftercall ${command} --stage ${stage}\``;
