import type { Message, SandboxStore, Webhook } from './store.ts';

/** The objects that the parts of the sandbox share. */
export interface SandboxWorld {
  store: SandboxStore;
  /** The address at which a client can open a path of the sandbox. */
  address: (path: string) => string;
  now: () => Date;
  downloadTimeoutMs: number;
  receipts: Receipts;
}

export interface Receipts {
  /** Sends the event to every subscription that names it; returns at once. */
  tell(event: Webhook['event'], message: Message): void;
  /** Sends the events that an earlier sandbox on this data had not sent yet. */
  resume(): void;
  /** Unsent events stay in the journal, and are sent when a sandbox starts again. */
  stop(): void;
}
