import type { HistoryEntry, Memo, MemoState } from '../model/memo.ts';

/** One conditional write: it happens where the row is still in `from` and `where` holds, or not at all. */
export interface Move {
  from: MemoState;
  /** The same state again changes facts alone, and leaves a line in the history only where there is a note. */
  to: MemoState;
  where?: Partial<Pick<Memo, 'generation' | 'attempts' | 'token'>>;
  /** Of a replay: raises the row's generation to this, and opens the ways that only a replay may go. */
  generation?: number;
  set?: Partial<
    Pick<
      Memo,
      | 'attempts'
      | 'token'
      | 'recording'
      | 'audio'
      | 'original'
      | 'fitting'
      | 'part'
      | 'laterParts'
      | 'chat'
      | 'lookedUpAgain'
      | 'uploaded'
      | 'cannotFetch'
      | 'waitingSince'
      | 'ownFaultSince'
      | 'pausedAt'
      | 'waitingFor'
      | 'dueAt'
      | 'attemptedAt'
      | 'unknowns'
      | 'unknownSince'
      | 'linq'
      | 'earlierMessages'
      | 'deadLetter'
    >
  >;
  /** Fields taken off the row. A settled row's `dueAt` falls off by itself. */
  clear?: readonly (
    | 'token'
    | 'waitingSince'
    | 'ownFaultSince'
    | 'pausedAt'
    | 'waitingFor'
    | 'unknowns'
    | 'unknownSince'
    | 'deadLetter'
    | 'chat'
  )[];
  note?: Omit<HistoryEntry, 'at' | 'state'>;
}

export interface MemoFilter {
  state?: MemoState;
  source?: string;
  callId?: string;
  /** ISO times: not before, and before. */
  since?: string;
  until?: string;
  /** Its message should have been back before this. */
  dueBefore?: string;
  /** Of whoever called, was called, or gets the memo. */
  phone?: string;
  /** Where the memo went, or is to go. */
  chat?: string;
}

export interface MemoPage {
  memos: Memo[];
  /** The ids of rows that a later version wrote, which this code cannot read. Absent where there are none. */
  laterVersions?: string[];
  /** How many rows were looked through, where no index leads to what was asked for. */
  lookedThrough?: number;
  /** Opaque; give it back to read on. */
  next?: string;
}

/** What a row may begin with. */
export type NewMemo = Pick<Memo, 'id' | 'state' | 'recording'> &
  Partial<Pick<Memo, 'target' | 'receivedAt' | 'reason' | 'audio' | 'original' | 'fitting' | 'part' | 'deadLetter'>>;

/** What Linq says of a message after it took it, and when. */
export interface Receipt {
  messageId: string;
  /** The memo it carries, once that is known. */
  memo?: string;
  /** The chat it is in, as Linq says. */
  chat?: string;
  sent?: string;
  delivered?: string;
  read?: string;
  failed?: string;
  /** Linq's code and words for `failed`. */
  reason?: string;
}

export interface Ledger {
  /**
   * Writes a new row in the given state, or leaves the one that is there; answers the row as it stands, and nothing where
   * there is only the tombstone of one that was erased or has expired.
   */
  open(memo: NewMemo): Promise<Memo | undefined>;
  /** @throws AftercallError `later_version` where a later version wrote the row; so do `open` and `move` */
  get(id: string): Promise<Memo | undefined>;
  /** The row after the move; undefined where the condition did not hold. A way that is not drawn throws. */
  move(id: string, move: Move): Promise<Memo | undefined>;
  /** The first to claim a key (a memo, or a request's hash) keeps it for ever; true for that one, however often it asks. */
  claim(key: string, memo: string): Promise<boolean>;
  /**
   * Newest first. A page may be short, and still lead on: where no index leads to what is asked for, no more rows are
   * looked through at once than fit into a request's time.
   */
  list(filter: MemoFilter, limit: number, next?: string): Promise<MemoPage>;
  /** How many there are, and no more than `most`, which is where the counting ends. */
  count(filter: Pick<MemoFilter, 'state'>, most: number): Promise<number>;
  /**
   * Takes everything off a row but its id and state, which stay for thirteen months: whatever comes late finds it dead.
   * @param seen only where the row is still as it was seen: a replay may have woken it meanwhile
   * @returns whether it is dead now
   */
  leaveTombstone(id: string, seen?: Pick<Memo, 'state' | 'generation'>): Promise<boolean>;
  /** Adds to what is known of a message; what was there stays. Answers all of it. */
  addReceipt(receipt: Receipt): Promise<Receipt>;
  /** What is known of a message; undefined where nothing is. */
  receipt(messageId: string): Promise<Receipt | undefined>;
  /** The messages that receipts have named as carrying this memo, and the chats that they are in. */
  messageIdsFromReceipts(memo: string): Promise<readonly Pick<Receipt, 'messageId' | 'chat'>[]>;
  /** Takes away what receipts have said of a memo, and of these messages. */
  forgetReceipts(memo: string, messages: readonly string[]): Promise<void>;
}

/** Small facts beside the memos, each under a key of its own, for a time: found chats, the suppression list, the day's counts. */
export interface KeyValueStore {
  read(key: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Some at one go, at most a hundred, in the order of their keys. */
  readAll(keys: readonly string[]): Promise<(Readonly<Record<string, string>> | undefined)[]>;
  write(key: string, facts: Readonly<Record<string, string>>, keepMs: number): Promise<void>;
  remove(key: string): Promise<void>;
  /** Writes a note where there is none, or only one of the same owner's; false where another's is there. */
  take(key: string, owner: string, keepMs: number): Promise<boolean>;
  /** Adds a memo to a list of at most so many; false where the list is full without it. */
  join(key: string, memo: string, most: number, keepMs: number): Promise<boolean>;
}
