import type { Memo } from './memo.ts';
import type { Ledger, Notes, OnSlow } from './ports.ts';
import type { Timing } from './timing.ts';

export interface SlowDownloadPorts {
  ledger: Pick<Ledger, 'move'>;
  notes: Pick<Notes, 'take' | 'remove'>;
  timing: Timing;
  /** How many slow downloads may run at once, in all processes together. */
  slowPlaces: number;
}

/** Half of what `store` does at once, so that slow hosts never keep all others waiting; one at least. */
export const slowPlacesOf = (storeConcurrency: number): number => Math.max(1, Math.floor(storeConcurrency / 2));

/**
 * What becomes of a download once it turns out to be slow: it takes one of the few places for slow downloads, and its row says
 * that the source is slow; where no place is free, it gives way and is tried again. The places are notes in the table, so that
 * they count for every Lambda environment; the place of a process that died is free again when no download can last longer.
 *
 * @param run holds the place
 */
export const slowDownload = (
  { ledger, notes, timing, slowPlaces }: SlowDownloadPorts,
  row: Pick<Memo, 'id' | 'turn' | 'reason'>,
  run: string,
): { onSlow: OnSlow; end(): Promise<void> } => {
  let taken: string | undefined;
  return {
    async onSlow() {
      taken ??= await freePlace();
      if (taken === undefined) return GIVES_WAY;
      // Why the last try failed says more.
      if (row.reason === undefined)
        await ledger.move(row.id, {
          from: 'received',
          to: 'received',
          where: { turn: row.turn },
          note: { reason: IS_SLOW },
        });
      return undefined;
    },
    async end() {
      if (taken !== undefined) await notes.remove(taken);
    },
  };

  async function freePlace(): Promise<string | undefined> {
    for (let number = 1; number <= slowPlaces; number += 1) {
      const key = `slow#${number}`;
      if (await notes.take(key, run, 2 * timing.download.totalMs)) return key;
    }
    return undefined;
  }
};

const IS_SLOW = 'the source is slow: the recording is still being fetched';
const GIVES_WAY =
  'the source is slow, and as many slow recordings as may be are being fetched: this one waits for its turn';
