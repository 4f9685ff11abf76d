import type { Log, LogFacts } from '../../functions/core/ports/ports.ts';

export interface LogEntry {
  level: 'info' | 'warn' | 'error';
  message: string;
  facts: LogFacts;
}

export interface MemoryLog extends Log {
  entries: LogEntry[];
  /** The whole log as one text, so that a test can search it for secrets. */
  text(): string;
}

export const memoryLog = (): MemoryLog => {
  const entries: LogEntry[] = [];
  const at =
    (level: LogEntry['level']) =>
    (message: string, facts: LogFacts = {}) => {
      entries.push({ level, message, facts });
    };
  return {
    entries,
    text: () => JSON.stringify(entries, (_, value) => (value instanceof Error ? String(value.stack) : value)),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
};
