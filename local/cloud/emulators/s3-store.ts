import { randomUUID } from 'node:crypto';
import { rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type S3rver from '@20minutes/s3rver';

type Store = S3rver['store'];

/** Gives s3rver's store of files two properties of S3: an object is there whole or not at all, and deleting one object deletes no other. */
export const mendStore = (store: Store): void => {
  store.putContent = putWhole(store.putContent.bind(store));
  store.deleteObject = deleteObjectAlone(store);
};

/** s3rver writes into the object itself: a request that breaks off would leave a part of it, in place of the earlier object too. */
const putWhole =
  (put: Store['putContent']): Store['putContent'] =>
  async (path, content) => {
    const partial = `${path}.${randomUUID()}`;
    try {
      const result = await put(partial, Buffer.isBuffer(content) ? Readable.from([content]) : content);
      await rename(partial, path);
      return result;
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  };

/**
 * s3rver deletes the empty folders above a deleted object with all their content. An object that another request has
 * put there meanwhile is lost, although its PUT was answered. Here, a folder is deleted only while it is empty, and the
 * topmost folder stays.
 */
const deleteObjectAlone =
  (store: Store): Store['deleteObject'] =>
  async (bucket, key) => {
    for (const part of ['object', 'object.md5', 'metadata.json'])
      await rm(store.getResourcePath(bucket, key, part), { force: true });
    for (const folders = key.split('/').slice(0, -1); folders.length > 1; folders.pop()) {
      try {
        await rmdir(join(store.getBucketPath(bucket), ...folders));
      } catch (error) {
        if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(Object(error).code)) throw error;
      }
    }
  };
