import { placeKey } from '../core/model/keys.ts';
import type { Timing } from '../core/model/timing.ts';
import type { KeyValueStore, Log, PlaceKind, Places } from '../core/ports/ports.ts';

export interface PlacesOptions {
  keyValues: Pick<KeyValueStore, 'take' | 'remove'>;
  timing: Timing;
  /** How many recordings `store` works on at once, in all its processes together. */
  storeConcurrency: number;
  log: Log;
}

/**
 * Places are entries in the table, so that all Lambda environments share them. Each is a lease that is renewed while
 * the place is held.
 */
export const notesPlaces = ({ keyValues, timing, storeConcurrency, log }: PlacesOptions): Places => ({
  async take(kind, run) {
    for (const key of placesOf(storeConcurrency)[kind]) {
      if (!(await keyValues.take(key, run, timing.leaseMs))) continue;
      let renewal: Promise<unknown> = Promise.resolve();
      const renew = () => {
        // The place is then free when its lease ends: one more slow recording runs, and nothing is lost.
        const failed = (error: unknown) =>
          log.warn('the lease on a place could not be renewed', { step: 'store', reason: key, error });
        renewal = renewal.then(() => keyValues.take(key, run, timing.leaseMs)).catch(failed);
      };
      const timer = setInterval(renew, timing.leaseRenewMs).unref();
      return {
        async leave() {
          clearInterval(timer);
          await renewal;
          await keyValues.remove(key);
        },
      };
    }
    return undefined;
  },
});

/**
 * At most half of the recordings in work may be slow downloads, and a third long work, but at least one of each; with
 * three or more in work, one is always neither. With two in work, both kinds share one place.
 */
export const placesOf = (storeConcurrency: number): Readonly<Record<PlaceKind, readonly string[]>> => {
  const slow = numbered('slow', Math.max(1, Math.floor(storeConcurrency / 2)));
  const long = storeConcurrency < 3 ? slow : numbered('long', Math.floor(storeConcurrency / 3));
  return { slow, long };
};

const numbered = (kind: PlaceKind, count: number): string[] =>
  Array.from({ length: count }, (_, index) => placeKey(kind, index + 1));
