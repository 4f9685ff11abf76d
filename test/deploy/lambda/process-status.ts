import { readFileSync } from 'node:fs';

export interface ProcessStatus {
  threads: number;
  residentMegabytes: number;
  /**
   * The largest resident memory of the process so far. The kernel keeps it, so no peak between two readings is lost.
   */
  peakMegabytes: number;
}

/** Linux's status of a process; undefined if there is no such process. */
export const processStatus = (pid: number): ProcessStatus | undefined => {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined; // the process has ended
  }
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
  const status = {
    threads: number('Threads'),
    residentMegabytes: number('VmRSS') / 1024,
    peakMegabytes: number('VmHWM') / 1024,
  };
  return Number.isNaN(status.peakMegabytes) ? undefined : status; // a process that has just ended has no memory
};
