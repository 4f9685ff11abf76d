import type { Clock, KeyValueStore } from '../../functions/core/ports/ports.ts';

/** A key-value store in memory, held to the same contract as DynamoDB's: `test/contracts/key-value-store.ts`. */
export const memoryKeyValueStore = ({ clock }: { clock: Clock }): KeyValueStore => {
  const keyValues = new Map<string, { facts: Readonly<Record<string, string>>; untilMs: number }>();
  const lists = new Map<string, Set<string>>();
  const read = (key: string) => {
    const note = keyValues.get(key);
    return note && note.untilMs > clock.nowMs() ? { ...note.facts } : undefined;
  };
  return {
    read: async (key) => read(key),
    readAll: async (keys) => keys.map(read),
    async write(key, facts, keepMs) {
      keyValues.set(key, { facts: { ...facts }, untilMs: clock.nowMs() + keepMs });
    },
    async remove(key) {
      keyValues.delete(key);
    },
    async take(key, owner, keepMs) {
      const there = read(key);
      if (there && there.owner !== owner) return false;
      keyValues.set(key, { facts: { owner }, untilMs: clock.nowMs() + keepMs });
      return true;
    },
    async join(key, memo, most) {
      const list = lists.get(key) ?? new Set();
      if (!list.has(memo) && list.size >= most) return false;
      lists.set(key, list.add(memo));
      return true;
    },
  };
};
