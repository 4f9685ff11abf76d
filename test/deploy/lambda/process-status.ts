import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

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

/**
 * The status as soon as two looks, two seconds apart, are the same: the asset of `store` starts the thread that it keeps
 * warm after it was loaded. After ten looks that differ, the last one.
 */
export const settledStatus = async (pid: number | undefined): Promise<ProcessStatus> => {
  let last = runningStatus(pid);
  for (let looks = 0; looks < 10; looks += 1) {
    await setTimeout(2000);
    const now = runningStatus(pid);
    if (now.threads === last.threads && Math.abs(now.residentMegabytes - last.residentMegabytes) < 5) return now;
    last = now;
  }
  return last;
};

/** @throws if there is no such process */
export const runningStatus = (pid: number | undefined): ProcessStatus => {
  const found = pid === undefined ? undefined : processStatus(pid);
  assert(found, 'its process has ended');
  return found;
};
