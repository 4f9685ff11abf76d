import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Of one file. The file before it is kept too. */
const MOST_BYTES = 5_000_000;

/** The log of `npm start`, and what it held before: `aftercall logs` reads both. */
export const logFilesIn = (data: string): { now: string; before: string } => ({
  now: join(data, 'bridge.log'),
  before: join(data, 'bridge.log.1'),
});

/**
 * Appends lines to the log file of a data folder, which only its owner may read. A file of five megabytes becomes the earlier file. A line
 * that cannot be written, on a full disk, stops nothing: the terminal shows it.
 */
export const logFile = (data: string, complain: (text: string) => void): ((line: string) => void) => {
  const { now, before } = logFilesIn(data);
  let isBroken = false;
  return (line) => {
    try {
      if ((statSync(now, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES) renameSync(now, before);
      appendFileSync(now, `${line}\n`, { mode: 0o600 });
      isBroken = false;
    } catch (error) {
      if (!isBroken) complain(`${now} cannot be written, so 'aftercall logs' misses lines: ${error}`);
      isBroken = true;
    }
  };
};
