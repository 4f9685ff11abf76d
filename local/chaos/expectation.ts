/** The planned end of one call. `verify` compares it with the rows and the chats. */
export type Expectation =
  | {
      kind: 'delivered';
      /** The number of memos of one long recording; they are in order in the chat. @default 1 */
      parts?: number;
      /** The end of quiet hours: no memo may come before. In milliseconds since 1970. */
      notBeforeMs?: number;
      /** Linq lists the message only after our last question, so nobody can prevent a second message. */
      mayBeTwo?: true;
      /** How the memo ended before a person replayed it. */
      first?: Ending;
    }
  | ({ kind: 'ends' } & Ending)
  /** The row is deleted, and nothing was sent after the answer to the erasure. */
  | { kind: 'erased' };

export interface Ending {
  states: readonly string[];
  reason: RegExp;
}

/** States that only a person or a receipt can change, as in docs/api.md. */
export const FINAL_STATES = ['sent', 'delivered', 'read', 'parked', 'unrouted', 'rejected', 'failed', 'skipped'];
export const DELIVERED_STATES = ['sent', 'delivered', 'read'];
/** States that a memo leaves by itself. */
export const PASSING_STATES = ['received', 'stored', 'sending', 'unknown'];
