import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';

const entrySchema = z.looseObject({ level: z.string(), message: z.string(), service: z.string() });
const SHOWN = ['source', 'memo', 'outcome', 'reason', 'ms'] as const;
/** The outcome of a heartbeat line, which an alarm counts. */
const HEARTBEAT = 'swept';

/** Copies a process's log, a JSON object on each line; on a terminal, as lines for people. `keep` gets each line as it is. */
export const printLog = (from: Readable, to: Writable & { isTTY?: boolean }, keep?: (line: string) => void) => {
  createInterface({ input: from }).on('line', (line) => {
    keep?.(line);
    const shown = to.isTTY ? forPeople(line) : line;
    if (shown !== undefined) to.write(`${shown}\n`);
  });
};

export const forPeople = (line: string): string | undefined => {
  const entry = parse(line);
  if (!entry) return line;
  if (entry.outcome === HEARTBEAT) return undefined;
  const { level, service, message } = entry;
  const facts = SHOWN.filter((name) => entry[name] !== undefined).map((name) =>
    name === 'ms' ? `${entry[name]} ms` : String(entry[name]),
  );
  const time = new Date().toLocaleTimeString('en-GB');
  const mark = { ERROR: '\x1b[31m✗\x1b[0m', WARN: '\x1b[33m!\x1b[0m' }[level] ?? ' ';
  return `\x1b[2m${time}\x1b[0m ${mark} \x1b[36m${service.padEnd(7)}\x1b[0m ${message}  \x1b[2m${facts.join(' · ')}\x1b[0m`;
};

const parse = (line: string) => {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // not a log line: shown as it is
  }
};
