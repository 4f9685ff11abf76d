import { readFileSync } from 'node:fs';

export interface ProcessStatus {
  threads: number;
  residentMegabytes: number;
  /** The most that was ever resident; the kernel keeps it, so that no peak falls between two readings. */
  peakMegabytes: number;
}

/** What Linux says of a process; undefined where there is no such process. */
export const processStatus = (pid: number): ProcessStatus | undefined => {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined; // it has ended
  }
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
  const status = {
    threads: number('Threads'),
    residentMegabytes: number('VmRSS') / 1024,
    peakMegabytes: number('VmHWM') / 1024,
  };
  return Number.isNaN(status.peakMegabytes) ? undefined : status; // a process that has just ended has no memory
};
