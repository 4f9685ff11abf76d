import { chmodSync, mkdirSync, statSync } from 'node:fs';

/**
 * Makes a folder that only its owner may enter, or removes other users' rights from an existing folder: the folder
 * holds recordings, numbers and keys. If the file system has no such rights, a log line says so.
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

/** From now on, only the owner may read what this process writes. */
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
