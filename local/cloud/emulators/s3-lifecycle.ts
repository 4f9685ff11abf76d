import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS, HOUR_MS } from '../../../functions/core/model/timing.ts';

/** The stack's bucket deletes old objects under these prefixes; s3rver, whose objects are files, keeps everything. */
const EXPIRING = ['inbox', 'audio'];
/** s3rver keeps the parts of incomplete uploads here, and has no abort. The stack's bucket keeps them a day. */
const UPLOADS = '._S3rver_uploads';
const UPLOAD_DAYS = 1;

/**
 * Deletes expired files from a bucket's folder, as S3's lifecycle does.
 * @returns the number of deleted files; an object has three files
 */
export const expireObjects = async (bucket: string, days: number, nowMs: number): Promise<number> => {
  let expired = 0;
  for (const prefix of [...EXPIRING, UPLOADS]) {
    const keptDays = prefix === UPLOADS ? UPLOAD_DAYS : days;
    const entries = await readdir(join(bucket, prefix), { recursive: true, withFileTypes: true }).catch(ifAbsent([]));
    for (const entry of entries.filter((found) => found.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const file = await stat(path).catch(ifAbsent(undefined)); // it may have been deleted meanwhile
      if (!file || file.mtimeMs >= nowMs - keptDays * DAY_MS) continue;
      await rm(path, { force: true });
      expired += 1;
    }
  }
  return expired;
};

/** Deletes expired objects now and every hour, until it is stopped. */
export const startLifecycle = (bucket: string, days: number) => {
  const look = () =>
    expireObjects(bucket, days, Date.now()).catch((error) =>
      console.error(
        JSON.stringify({ level: 'ERROR', service: 's3', message: 'nothing expires', error: String(error) }),
      ),
    );
  let looking: Promise<unknown> = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, HOUR_MS);
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
};

const ifAbsent =
  <T>(none: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return none;
    throw error;
  };
