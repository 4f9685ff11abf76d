import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** Codes of a disk that takes no data: full, over a quota or a file limit, read-only, broken. */
const NO_ROOM: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO'];
/** One block would fit into the last free bytes of a full disk; a write of this size does not. */
const TRIAL_BYTES = 64 * 1024;
const FRESH_MS = 1000;

/**
 * Says why the disk of a folder takes no data, and undefined while it takes data. A trial write decides, since free
 * bytes say nothing about quotas. The result is fresh for a second.
 * @param onChange called with the first result that is a fault, and with the first that is none after it
 */
export const diskFault = (folder: string, onChange: (fault: string | undefined) => void = () => {}) => {
  let seen: { atMs: number; fault: string | undefined } | undefined;
  return (): string | undefined => {
    const nowMs = performance.now();
    if (seen && nowMs - seen.atMs < FRESH_MS) return seen.fault;
    const fault = tryToWrite(folder);
    if ((fault === undefined) !== (seen?.fault === undefined)) onChange(fault);
    seen = { atMs: nowMs, fault };
    return fault;
  };
};

const tryToWrite = (folder: string): string | undefined => {
  const file = join(folder, `trial-write-${process.pid}`);
  try {
    writeFileSync(file, Buffer.alloc(TRIAL_BYTES), { mode: 0o600 });
    return undefined;
  } catch (error) {
    const { code } = Object(error);
    return NO_ROOM.includes(code) ? `the disk of ${folder} takes no data (${code})` : undefined;
  } finally {
    rmSync(file, { force: true });
  }
};
