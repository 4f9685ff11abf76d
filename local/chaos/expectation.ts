/** What must become of one call, as the plan knows it. The judge compares this with the rows and the chats. */
export type Expectation =
  | {
      kind: 'delivered';
      /** The memos that one long recording makes, in this order in the chat. @default 1 */
      parts?: number;
      /** Not before this time: quiet hours. In milliseconds since 1970. */
      notBeforeMs?: number;
      /** Linq lists its message only after the last question, and then nobody can prevent a second one. */
      mayBeTwo?: true;
      /** How the memo ended before a person replayed it. */
      first?: Ending;
    }
  | ({ kind: 'ends' } & Ending)
  /** Its row is gone, and nothing was sent after the erasure was answered. */
  | { kind: 'erased' };

export interface Ending {
  states: readonly string[];
  reason: RegExp;
}

/** States that nobody leaves without a person or a receipt, in the words of docs/api.md. */
export const FINAL_STATES = ['sent', 'delivered', 'read', 'parked', 'unrouted', 'rejected', 'failed', 'skipped'];
export const DELIVERED_STATES = ['sent', 'delivered', 'read'];
/** States that a memo passes through by itself. */
export const PASSING_STATES = ['received', 'stored', 'sending', 'unknown'];
