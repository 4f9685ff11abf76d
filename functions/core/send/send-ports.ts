import type { Timing } from '../model/timing.ts';
import type { AudioStore, Clock, KeyValueStore, Ledger, Log, Messenger } from '../ports/ports.ts';

/** `url`: Linq fetches a presigned URL. `attachment`: we upload to Linq first, as from a laptop that Linq cannot reach. */
export type Delivery = 'url' | 'attachment';

export interface SendMemoPorts {
  ledger: Ledger;
  keyValues: KeyValueStore;
  audio: AudioStore;
  messenger: Messenger;
  delivery: Delivery;
  clock: Clock;
  timing: Timing;
  random: () => number;
  /** Fresh for each attempt. */
  token: () => string;
  log: Log;
}

/** What asking Linq about an attempt needs: it sends nothing. */
export type ReconcilePorts = Omit<SendMemoPorts, 'audio' | 'delivery' | 'token'>;
