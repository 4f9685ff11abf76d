import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AudioStore } from '../../functions/core/ports/ports.ts';

export interface MemoryAudioStore extends AudioStore {
  objects: Map<string, { bytes: Buffer; type?: string }>;
}

/** A bucket whose presigned URLs name the key, the method and the expiry; no server answers them. */
export const memoryAudioStore = (): MemoryAudioStore => {
  const objects: MemoryAudioStore['objects'] = new Map();
  const object = (key: string) => {
    const found = objects.get(key);
    if (!found) throw new Error(`NoSuchKey: ${key}`);
    return found;
  };
  const presign = (method: string, key: string, expiresInMs: number) =>
    `https://bucket.example/${key}?X-Method=${method}&X-Amz-Expires=${expiresInMs / 1000}&X-Amz-Signature=s3cret`;

  return {
    objects,
    async put(key, body, _bytes, type) {
      const bytes = body instanceof Readable ? await buffer(body) : Buffer.from(body);
      objects.set(key, { bytes, ...(type !== undefined && { type }) });
    },
    async head(key) {
      const found = objects.get(key);
      return found && { bytes: found.bytes.length };
    },
    async read(key, range) {
      const { bytes } = object(key);
      return Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]);
    },
    async removeAll(prefix) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
      for (const key of keys) objects.delete(key);
      return keys.length;
    },
    count: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)).length,
    async copy(from, to, type) {
      objects.set(to, { bytes: object(from).bytes, type });
    },
    presignGet: async ({ key }, expiresInMs) => presign('GET', key, expiresInMs),
    presignPut: async (key, _type, _bytes, expiresInMs) => presign('PUT', key, expiresInMs),
  };
};
