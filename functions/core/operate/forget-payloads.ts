import { PAYLOADS_ERASED_KEY, payloadSlotKey } from '../model/keys.ts';
import type { Memo } from '../model/memo.ts';
import { PAYLOADS } from '../model/payloads.ts';
import { isoTime } from '../model/timing.ts';
import type { Clock, KeyValueStore } from '../ports/ports.ts';
import { REMEMBERED_MS } from './drop-erased.ts';
import type { Erased } from './erase-memos.ts';

export interface ForgetPayloadsPorts {
  keyValues: Pick<KeyValueStore, 'readAll' | 'write' | 'remove'>;
  clock: Clock;
}

type Erase = (rows: readonly Memo[], dryRun?: boolean) => Promise<Erased>;

/**
 * Wraps an erasure: it also deletes the payload of every webhook that made no memo, of all sources. Such a payload names nobody, since its
 * numbers are masked, so nobody can tell whom it is about. Payloads that are still in the queue are dropped by `recordTrace`.
 */
export const forgetPayloads =
  ({ keyValues, clock }: ForgetPayloadsPorts, erase: Erase): Erase =>
  async (rows, dryRun) => {
    const erased = await erase(rows, dryRun);
    if (dryRun) return erased;
    await keyValues.write(PAYLOADS_ERASED_KEY, { at: isoTime(clock.nowMs()) }, REMEMBERED_MS);
    const keys = Array.from({ length: PAYLOADS.slots }, (_, slot) => payloadSlotKey(slot));
    const kept = await keyValues.readAll(keys);
    await Promise.all(keys.filter((_, index) => kept[index]).map((key) => keyValues.remove(key)));
    return erased;
  };
