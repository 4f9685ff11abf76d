/**
 * The true events of a world; the models record them as they happen. The promises are judged by these facts and by the
 * rows alone.
 */
export interface Facts {
  /** By recording: when its first webhook arrived, answered or not. */
  requested: Map<string, number>;
  webhooks: { recording: string; ms: number }[];
  /** By recording: when the bridge first answered a webhook 2xx. */
  acknowledged: Map<string, number>;
  posts: Post[];
  taken: Taken[];
  /** Each question for a chat's messages that Linq answered. */
  questions: { ms: number; chat: string; shown: readonly string[] }[];
  erasures: Erasure[];
  /**
   * The chats on the suppression list: when the suppression was requested, when it was answered, and when a request to
   * remove it began.
   */
  stops: { chat: string; askedMs: number; fromMs: number; untilMs: number }[];
  /**
   * The removals from the suppression list, with the time of their answers. A stop that is requested during a removal
   * may take effect before or after it.
   */
  lifts: { chat: string; askedMs: number; answeredMs: number }[];
  /** The replays that were requested, answered or not. */
  replays: { memo: string; ms: number; force: boolean }[];
  /** The recordings and memos whose message was removed by a person or by an accident. */
  purged: { recordings: Set<string>; memos: Set<string> };
  deadLetters: { recordings: Set<string>; memos: Set<string> };
  /** The downloads of each recording, with their answers. */
  downloads: Map<string, { ms: number; answer: string }[]>;
  /** When the latest attempt of each memo began, by its row. */
  attempted: Map<string, number>;
  /** When each memo was first queued for sending. */
  firstQueued: Map<string, number>;
  /**
   * `sinceMs`: the rows that later code wrote, and since when; empty once later code is back. `touched`: those of them
   * that this code changed.
   */
  laterRows: { sinceMs: Map<string, number>; touched: string[] };
  laterVersions: { queue: string; body: string; upgraded?: true }[];
  /** The times in which no function ran. */
  outages: { fromMs: number; untilMs: number }[];
  /** How often each kind of trouble struck. */
  struck: Map<string, number>;
  /** The errors that steps threw by their own mistake. */
  mistakes: { process: string; what: string }[];
  /** By message: when Linq named its memo in a receipt that the bridge answered 2xx. */
  named: Map<string, number>;
}

export interface Post {
  ms: number;
  /** When the row's attempt began. */
  attemptedMs: number;
  run: string;
  runBeganMs: number;
  chat: string;
  memo: string;
  answer: string;
}

/** A memo that is in a chat. */
export interface Taken {
  messageId: string;
  chat: string;
  /** The memo id, by the filename that the bridge gave. */
  memo: string;
  /** The recording and its part, by the sound itself. */
  recording: string;
  part: number;
  /** Whether a list that shows the message also identifies its memo: by the filename, or by the id of our upload. */
  isTellable: boolean;
  /**
   * The times of one memo: its row's attempt began; the POST arrived; the memo was in the chat; the chat's list shows
   * it.
   */
  attemptedMs: number;
  postedMs: number;
  takenMs: number;
  listedMs: number;
}

export interface Erasure {
  what: { phone: string } | { call: string } | { memo: string };
  askedMs: number;
  /** Infinity: the erasure was requested, and nobody knows the answer. */
  answeredMs: number;
  /** The memos that the answer leaves for the next time. */
  left: readonly string[];
  erased: readonly string[];
}

export const noFacts = (): Facts => ({
  requested: new Map(),
  webhooks: [],
  acknowledged: new Map(),
  posts: [],
  taken: [],
  questions: [],
  erasures: [],
  stops: [],
  lifts: [],
  replays: [],
  purged: { recordings: new Set(), memos: new Set() },
  deadLetters: { recordings: new Set(), memos: new Set() },
  downloads: new Map(),
  attempted: new Map(),
  firstQueued: new Map(),
  laterRows: { sinceMs: new Map(), touched: [] },
  laterVersions: [],
  outages: [],
  struck: new Map(),
  mistakes: [],
  named: new Map(),
});
