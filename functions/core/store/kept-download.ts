import * as z from 'zod';
import { fetchedKey } from '../model/keys.ts';
import type { Memo } from '../model/memo.ts';
import type { Timing } from '../model/timing.ts';
import type { Begun, KeyValueStore } from '../ports/ports.ts';

/** The bytes that an earlier try has fetched to `inbox/`: the beginning of a recording (`begun`), or all of it. */
export type Kept = { key: string; bytes: number } & ({ begun: Begun } | { begun?: undefined });

export interface KeptDownloadPorts {
  keyValues: Pick<KeyValueStore, 'read' | 'write' | 'remove'>;
  timing: Timing;
}

const count = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const factsSchema = z.object({
  generation: count,
  key: z.string(),
  bytes: count,
  validator: z.string().exactOptional(),
  length: count.exactOptional(),
  address: z.string().exactOptional(),
});

/**
 * Remembers the fetched bytes of a recording for its next try. The entry counts only for one generation of the row: a
 * replay, and an event that comes again with another URL, fetch the recording anew.
 */
export const keptDownload = (
  { keyValues, timing }: KeptDownloadPorts,
  { id, generation, reason }: Pick<Memo, 'id' | 'generation' | 'reason'>,
) => {
  const note = fetchedKey(id);
  return {
    async read(): Promise<Kept | undefined> {
      if (reason === undefined) return undefined; // the first try: a row that waits has a reason
      const facts = factsSchema.safeParse(await keyValues.read(note));
      if (!facts.success || facts.data.generation !== generation) return undefined;
      const { key, bytes, validator, length, address } = facts.data;
      if (validator === undefined || length === undefined || address === undefined) return { key, bytes };
      return { key, bytes, begun: { bytes, validator, length, address } };
    },

    async write({ key, bytes, begun }: Kept): Promise<void> {
      const facts = { generation, key, bytes, ...(begun && { ...begun, bytes }) };
      const texts = Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, String(fact)]));
      await keyValues.write(note, texts, 2 * timing.recordingTroubleMs);
    },

    remove: (): Promise<void> => keyValues.remove(note),
  };
};
