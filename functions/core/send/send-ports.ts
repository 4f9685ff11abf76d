import type { Audio } from '../model/audio.ts';
import type { Memo, Target } from '../model/memo.ts';
import type { Timing } from '../model/timing.ts';
import type { AudioStore, Clock, KeyValueStore, Ledger, Log, Messenger } from '../ports/ports.ts';

/**
 * `url`: Linq fetches a presigned URL. `attachment`: we upload to Linq first, as from a laptop that Linq cannot reach.
 */
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

/** The ports for asking Linq about an attempt, which sends nothing. */
export type ReconcilePorts = Omit<SendMemoPorts, 'audio' | 'delivery' | 'token'>;

/** A row that has what a POST needs, except for its chat. */
export type Sendable = Memo & { audio: Audio; target: Target };

/** A row that has its chat too. */
export type Addressed = Sendable & { chat: string };
