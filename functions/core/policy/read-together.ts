import type { KeyValueStore } from '../ports/ports.ts';

type Reads = Pick<KeyValueStore, 'read' | 'readAll'>;

/**
 * Reads keys in one request. The result answers for these keys from what was read, and asks the store for any other key.
 * @param keys at most a hundred
 */
export const readTogether = async (keyValues: Reads, keys: readonly string[]): Promise<Reads> => {
  const facts = await keyValues.readAll(keys);
  const known = new Map(keys.map((key, index) => [key, facts[index]]));
  return {
    read: async (key) => (known.has(key) ? known.get(key) : keyValues.read(key)),
    readAll: async (wanted) =>
      wanted.every((key) => known.has(key)) ? wanted.map((key) => known.get(key)) : keyValues.readAll(wanted),
  };
};
