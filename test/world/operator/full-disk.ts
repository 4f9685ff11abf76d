import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A disk that takes no more data, for these processes: the system refuses to make any file larger, as a full disk does.
 * Nothing else on the machine notices.
 */
export const fillDisk = (pids: readonly number[]): Promise<void> => limit(pids, '0:unlimited');

export const makeRoom = (pids: readonly number[]): Promise<void> => limit(pids, 'unlimited:unlimited');

const limit = async (pids: readonly number[], bytes: string): Promise<void> => {
  for (const pid of pids) await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}`]);
};

/** The same for one line of a shell. */
export const onFullDisk = (line: string): string => `ulimit -S -f 0; ${line}`;
