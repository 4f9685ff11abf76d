import { readdirSync, readFileSync } from 'node:fs';

/** Resident megabytes of a process and all its children. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export const treeMegabytes = (root: number): number => {
  const processes = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const status = statusOf(name);
    const parent = Number(/PPid:\s+(\d+)/.exec(status)?.[1]);
    return [{ pid: Number(name), parent, megabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024 }];
  });
  const below = (pid: number): number =>
    processes
      .filter(({ parent }) => parent === pid)
      .reduce((sum, child) => sum + below(child.pid), processes.find((each) => each.pid === pid)?.megabytes ?? 0);
  return below(root);
};

/** Empty for a process that has ended meanwhile. */
const statusOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(Object(error).code)) return '';
    throw error;
  }
};

/** Looks ten times a second. @returns a function that ends the looks and gives the peak */
export const watchPeak = (pid: number): (() => number) => {
  let peak = treeMegabytes(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, treeMegabytes(pid));
  }, 100);
  return () => {
    clearInterval(timer);
    return peak;
  };
};
