import type { Message, SandboxStore, Webhook } from './store.ts';

/** What the parts of the sandbox share. */
export interface SandboxWorld {
  store: SandboxStore;
  /** A path of the sandbox as the address a client can open. */
  address: (path: string) => string;
  now: () => Date;
  downloadTimeoutMs: number;
  receipts: Receipts;
}

export interface Receipts {
  /** Every subscription that wants it will be told; returns at once. */
  tell(event: Webhook['event'], message: Message): void;
  /** Goes on with what an earlier sandbox on this data had still to tell. */
  resume(): void;
  /** What is still to be told stays in the journal, and is told when a sandbox is started again. */
  stop(): void;
}
