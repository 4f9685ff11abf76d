import type { HistoryEntry, Memo, MemoState } from '../model/memo.ts';

/** One conditional write. It happens only where the row is still in `from` and `where` holds. */
export interface Move {
  from: MemoState;
  /** The state after the move. Where it equals `from`, the history gets a line only if there is a note. */
  to: MemoState;
  where?: Partial<Pick<Memo, 'generation' | 'attempts' | 'token'>>;
  /** A replay raises the row's generation to this number, and may make moves that only a replay may make. */
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
  /** Fields to remove. `dueAt` is removed by itself when a row reaches a final state. */
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
  /** The line of the history. Its reason becomes the row's reason. */
  note?: Omit<HistoryEntry, 'at' | 'state'>;
}

export interface MemoFilter {
  state?: MemoState;
  source?: string;
  callId?: string;
  /** ISO times of the row's creation: from `since` on, and before `until`. */
  since?: string;
  until?: string;
  /** In E.164: the caller, the called party, or the recipient. */
  phone?: string;
  /** The id of the chat that the memo went to, or will go to. */
  chat?: string;
  /** A part of the row's reason, as it is written there. */
  reason?: string;
  /** What a person typed into a search field. */
  search?: MemoSearch;
}

/** Finds rows of which one id begins with a text, or one number contains some digits. */
export interface MemoSearch {
  /** The beginning of the id of a memo, a call, a recording or a chat. */
  idPrefix: string;
  /** Digits in the number of the caller, the called party or the recipient; one of these is enough. At most eight. */
  digits: readonly string[];
}

export interface MemoPage {
  memos: Memo[];
  /** The ids of rows that a later version wrote and this code cannot read. Absent where there are none. */
  laterVersions?: string[];
  /** How many rows were searched. Set where no index answers the filter. */
  lookedThrough?: number;
  /** An opaque cursor for the next page. */
  next?: string;
}

/** The fields that a new row may have. */
export type NewMemo = Pick<Memo, 'id' | 'state' | 'recording'> &
  Partial<
    Pick<
      Memo,
      'target' | 'receivedAt' | 'reason' | 'audio' | 'original' | 'fitting' | 'part' | 'deadLetter' | 'inspected'
    >
  >;

/** What Linq reported about a message, with the ISO time of each event. */
export interface Receipt {
  messageId: string;
  /** The memo that the message carries, once that is known. */
  memo?: string;
  /** The chat that the message is in, by Linq's events. */
  chat?: string;
  sent?: string;
  delivered?: string;
  read?: string;
  failed?: string;
  /** Linq's code and text for `failed`. */
  reason?: string;
}

/**
 * The table of memos. Every method may throw what its database throws; the step's message then comes again.
 * The states and moves are drawn in `functions/adapters/ledger.dynamodb.ts`.
 */
export interface Ledger {
  /**
   * Writes a new row, or leaves an existing row as it is.
   * @returns the row as it is now; undefined where only the tombstone of an erased or expired memo exists
   * @throws AftercallError `later_version` where a later version wrote the row
   */
  open(memo: NewMemo): Promise<Memo | undefined>;
  /**
   * @returns undefined where there is no row, or only a tombstone
   * @throws AftercallError `later_version` where a later version wrote the row
   */
  get(id: string): Promise<Memo | undefined>;
  /**
   * Makes a move.
   * @returns the row after the move; undefined where the condition did not hold
   * @throws AftercallError `later_version` where a later version wrote the row; Error for a move that no state allows
   */
  move(id: string, move: Move): Promise<Memo | undefined>;
  /**
   * The first memo to claim a key keeps the key for ever.
   * @param memo the memo's id, the hash of an API request, or the kind of a talk's recording
   * @returns true for the first memo, also when it claims again
   */
  claim(key: string, memo: string): Promise<boolean>;
  /**
   * Lists memos, newest first. A page may have fewer rows than `limit` and still have `next`: where no index answers
   * the filter, one call searches only as many rows as fit into a request's time.
   * @param next the cursor of an earlier page with the same filter
   * @throws AftercallError `unreadable` where `next` is no cursor of this list
   */
  list(filter: MemoFilter, limit: number, next?: string): Promise<MemoPage>;
  /**
   * Lists, in no order, the memos that are not finished and whose message was due before a time, or that are `stored` and
   * have waited for our own fault since before that time. It costs what is due, and not what is there. A page may be
   * empty and still have `next`.
   * @param before ISO time
   * @throws AftercallError `unreadable` where `next` is no cursor of this list
   */
  due(before: string, limit: number, next?: string): Promise<MemoPage>;
  /** Counts memos, up to `most`. */
  count(filter: Pick<MemoFilter, 'state' | 'source' | 'since'>, most: number): Promise<number>;
  /**
   * Replaces the row by a tombstone (id, state, generation) for thirteen months, so that late messages are dropped.
   * @param seen writes only where the row still has this state and generation: a replay may have changed it meanwhile
   * @returns whether there is a tombstone now
   */
  leaveTombstone(id: string, seen?: Pick<Memo, 'state' | 'generation'>): Promise<boolean>;
  /**
   * Adds facts to a message's receipt; existing facts stay.
   * @param inRow the memo's row has this message: then the list of the memo's messages gets no entry
   * @returns the whole receipt
   */
  addReceipt(receipt: Receipt, inRow?: 'in-row'): Promise<Receipt>;
  /** The receipt of a message; undefined where Linq has reported nothing. */
  receipt(messageId: string): Promise<Receipt | undefined>;
  /**
   * The messages that carry this memo, by their receipts, and the chats that they are in. Messages that the memo's row
   * has may be absent.
   */
  messageIdsFromReceipts(memo: string): Promise<readonly Pick<Receipt, 'messageId' | 'chat'>[]>;
  /** Deletes the receipts of these messages, and the list of the memo's messages. */
  forgetReceipts(memo: string, messages: readonly string[]): Promise<void>;
}

/**
 * Small facts beside the memos, each under a key of its own and with a lifetime: found chats, the suppression list, the
 * day's counts.
 */
export interface KeyValueStore {
  /** @returns undefined where the key has no facts, or their lifetime is over */
  read(key: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Reads up to a hundred keys at once; the results are in the order of the keys. */
  readAll(keys: readonly string[]): Promise<(Readonly<Record<string, string>> | undefined)[]>;
  /** Replaces the facts of a key, for `keepMs` milliseconds. */
  write(key: string, facts: Readonly<Record<string, string>>, keepMs: number): Promise<void>;
  remove(key: string): Promise<void>;
  /**
   * Writes the owner's name under a key that is free or already the owner's. @returns false where another owner has the
   * key
   */
  take(key: string, owner: string, keepMs: number): Promise<boolean>;
  /** Adds a memo to a list of at most `most` memos. @returns false where the list is full and the memo is not in it */
  join(key: string, memo: string, most: number, keepMs: number): Promise<boolean>;
}
