import * as z from 'zod';
import { shortTime } from '../base/memo.ts';
import type { Output } from '../base/output.ts';

export const LEVELS = ['info', 'warn', 'error'] as const;

export interface LogFilter {
  memo?: string;
  source?: string;
  /** This level and above. */
  level?: (typeof LEVELS)[number];
  /** ISO time. */
  since?: string;
}

const entrySchema = z.looseObject({
  level: z.string(),
  message: z.string(),
  service: z.string(),
  timestamp: z.string().optional(),
  memo: z.string().optional(),
  source: z.string().optional(),
});
export type LogEntry = z.infer<typeof entrySchema>;

/** @returns undefined for a line that is no log line of a function */
export const readEntry = (line: string): LogEntry | undefined => {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // such as a warning of Node
  }
};

export const fits = ({ level, memo, source, timestamp }: LogEntry, filter: LogFilter): boolean =>
  (filter.memo === undefined || memo === filter.memo) &&
  (filter.source === undefined || source === filter.source) &&
  (filter.level === undefined || rankOf(level) >= rankOf(filter.level)) &&
  (filter.since === undefined || (timestamp !== undefined && timestamp >= filter.since));

const rankOf = (level: string): number => (LEVELS as readonly string[]).indexOf(level.toLowerCase());

const SHOWN = ['source', 'memo', 'outcome', 'reason', 'ms'] as const;

/** `2026-11-23 15:04:05  send     sent  m_… · 12 ms`, in UTC. */
export const shownEntry = (output: Output, entry: LogEntry): string => {
  const { level, service, message, timestamp } = entry;
  const facts = SHOWN.filter((name) => entry[name] !== undefined).map((name) =>
    name === 'ms' ? `${entry[name]} ms` : String(entry[name]),
  );
  const colour = level === 'ERROR' ? 'red' : level === 'WARN' ? 'yellow' : 'dim';
  const head = output.paint(colour, level.padEnd(5));
  return `${shortTime(timestamp ?? '').padEnd(19)}  ${head}  ${service.padEnd(7)}  ${message}  ${output.paint('dim', facts.join(' · '))}`.trimEnd();
};
