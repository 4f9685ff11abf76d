import type { Readable } from 'node:stream';
import { MAX_MEMO_BYTES } from '../model/audio.ts';
import type { AudioStore } from '../ports/ports.ts';

/** A recording as it came: its key under `inbox/`, or its bytes where it is still in memory. */
export interface Raw {
  from: string | Uint8Array;
  bytes: number;
}

const AS_IT_CAME = 'as-it-came';

/**
 * The folder of one run under `inbox/`. Each run has its own, so that no run overwrites what is being read.
 * @param folder ends in a slash
 */
export const runFolder = (audio: Pick<AudioStore, 'put' | 'head' | 'removeAll'>, folder: string) => {
  let isUsed = false;
  /** @returns the key */
  const put = async (name: string, body: Readable | Uint8Array, bytes?: number): Promise<string> => {
    isUsed = true; // before the request: an answer may be lost after the object was written
    await audio.put(folder + name, body, bytes);
    return folder + name;
  };
  return {
    put,

    /**
     * Takes a recording that is being downloaded. One that may pass as it is stays in memory: it is put under its last
     * key, once its format is known.
     */
    async take(body: Readable, bytes?: number): Promise<Raw> {
      if (bytes !== undefined && bytes <= MAX_MEMO_BYTES) {
        const content = Buffer.concat(await body.toArray());
        return { from: content, bytes: content.length };
      }
      const from = await put(AS_IT_CAME, body, bytes);
      const here = bytes ?? (await audio.head(from))?.bytes;
      // Our fault. Without this check, a good call would be rejected as an empty file.
      if (here === undefined) throw new Error('the bucket does not show an object that was just put');
      return { from, bytes: here };
    },

    /** Keeps a recording for its next try. @returns its key */
    keep: async ({ from, bytes }: Raw): Promise<string> =>
      typeof from === 'string' ? from : put(AS_IT_CAME, from, bytes),

    /** Asks the bucket only where this run has put something. The bucket's lifecycle deletes what crashed runs left. */
    async clear(): Promise<void> {
      if (isUsed) await audio.removeAll(folder);
    },
  };
};
