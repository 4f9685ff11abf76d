import { chmodSync, mkdirSync, statSync } from 'node:fs';

/**
 * Makes a folder that its owner alone may enter, or takes the others' rights off one that stands: recordings, numbers and keys lie
 * in it. A file system that knows no such rights is left as it is, and a line says so.
 */
export const privateFolder = (path: string): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o700);
  } catch (error) {
    complain(path, error);
  }
};

/** For a process of its own: whatever it writes from now on is its owner's alone. */
export const writePrivately = (): void => {
  process.umask(0o077);
};

const complain = (path: string, error: unknown) =>
  console.error(
    JSON.stringify({
      level: 'WARN',
      service: 'local',
      message: `other users of this machine may read ${path}: its mode cannot be set to 0700`,
      error: String(error),
    }),
  );
