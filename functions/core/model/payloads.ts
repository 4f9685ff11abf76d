import { createHash } from 'node:crypto';
import { DAY_MS } from './timing.ts';

/** How much is kept of the payloads of webhooks, where the configuration has `inspect: true`. */
export const PAYLOADS = {
  /** Of one payload, after it was masked. In a message, a character may have six bytes. */
  characters: 6000,
  keepMs: 7 * DAY_MS,
  /** The places of payloads of webhooks that made no memo, for all sources together. A newer payload takes the place of an older one. */
  slots: 64,
  /** Of an event with more memos no payload is kept, since each memo has a copy of its own, which its erasure deletes. */
  memosOfAnEvent: 5,
} as const;

/** The place of the payload of a webhook without a memo. Each source has five places for each outcome, one after the other. */
export const slotOf = (source: string, outcome: string, at: string): number => {
  const turn = Math.floor(Date.parse(at) / 60_000) % 5;
  const hash = createHash('sha256')
    .update(JSON.stringify([source, outcome, turn]))
    .digest();
  return hash.readUInt32BE() % PAYLOADS.slots;
};
