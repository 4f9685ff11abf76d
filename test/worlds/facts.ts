/** What is true in a world, noted by the models as it happens. The promises are judged by this and by the rows alone. */
export interface Facts {
  /** When the first webhook of a recording came, answered or not. */
  requested: Map<string, number>;
  webhooks: { recording: string; ms: number }[];
  /** Webhooks that were answered 2xx: of each recording the first. */
  acknowledged: Map<string, number>;
  posts: Post[];
  taken: Taken[];
  /** Every question for a chat's messages that Linq answered. */
  questions: { ms: number; chat: string; shown: readonly string[] }[];
  erasures: Erasure[];
  /** Who was put on the suppression list: asked for, answered, and when somebody began to take them off again. */
  stops: { chat: string; askedMs: number; fromMs: number; untilMs: number }[];
  /** Who was taken off it, and when that was answered. A stop that is asked for meanwhile may come first or last. */
  lifts: { chat: string; askedMs: number; answeredMs: number }[];
  /** Replays that were asked for, whether or not they were answered. */
  replays: { memo: string; ms: number; force: boolean }[];
  /** Recordings and memos whose message a person or an accident took away. */
  purged: { recordings: Set<string>; memos: Set<string> };
  deadLetters: { recordings: Set<string>; memos: Set<string> };
  /** Downloads and what came of them, by recording. */
  downloads: Map<string, { ms: number; answer: string }[]>;
  /** When the latest attempt of each memo began, as its row has it. */
  attempted: Map<string, number>;
  /** When each memo was first queued for sending. */
  firstQueued: Map<string, number>;
  /** Rows that later code has written, until it is back; since when; and what this code has done to one of them. */
  laterRows: { sinceMs: Map<string, number>; touched: string[] };
  laterVersions: { queue: string; body: string; upgraded?: true }[];
  /** Whenever no function ran. */
  outages: { fromMs: number; untilMs: number }[];
  /** How often each kind of trouble has struck. */
  struck: Map<string, number>;
  /** What a step has thrown by its own mistake. */
  mistakes: { process: string; what: string }[];
  /** Times at which Linq named a message's memo in a receipt that we answered 2xx. */
  named: Map<string, number>;
}

export interface Post {
  ms: number;
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
  /** By the file's name as we gave it. */
  memo: string;
  /** By the sound itself: the recording and which part. */
  recording: string;
  part: number;
  /** Whether a list that shows it says whose it is: by the file's name, or by the id of an upload of ours. */
  isTellable: boolean;
  /** When its attempt began, by its row; when the POST came; when it was in the chat; when the chat's list shows it. */
  attemptedMs: number;
  postedMs: number;
  takenMs: number;
  listedMs: number;
}

export interface Erasure {
  what: { phone: string } | { call: string } | { memo: string };
  askedMs: number;
  /** Infinity: it was asked for, and nobody knows what became of it. */
  answeredMs: number;
  /** What the answer says was left for the next time. */
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
