import { erasedPartsKey } from '../model/keys.ts';
import { firstPartId } from '../model/memo.ts';
import { DAY_MS } from '../model/timing.ts';
import type { KeyValueStore } from '../ports/ports.ts';

/**
 * Notes that a call with several parts is erased, and how many parts the call has. A run that has read the first part's
 * row before the erasure may write the row of a later part after the erasure. Because of this note `send` does not post
 * that part, and `store` finds its row.
 */
export const noteErasedParts = (keyValues: Pick<KeyValueStore, 'write'>, memo: string, parts: number): Promise<void> =>
  keyValues.write(erasedPartsKey(firstPartId(memo)), { parts: String(parts) }, REPEATED_MS);

/** How many parts the memo's call has, if that call was erased; undefined if not, and for a call in one memo. */
export const erasedParts = async (
  keyValues: Pick<KeyValueStore, 'read'>,
  memo: string,
): Promise<number | undefined> => {
  const note = await keyValues.read(erasedPartsKey(firstPartId(memo)));
  return note?.parts === undefined ? undefined : Number(note.parts);
};

/** As long as a tombstone stays: longer than any source repeats an event. */
export const REPEATED_MS = 400 * DAY_MS;
