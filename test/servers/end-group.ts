import type { ChildProcess } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';

const LONGEST_MS = 5000;

/** Kills the process group of a detached child, and resolves when its processes have ended: until then they may write into their folders. */
export const endGroup = async ({ pid }: ChildProcess): Promise<void> => {
  for (const end = Date.now() + LONGEST_MS; pid && Date.now() < end; await setTimeout(20)) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      return; // nothing of the group is left
    }
  }
};
