/**
 * All the input of a world. A plan is plain data: the same plan gives the same history, and a smaller plan gives a
 * shorter history. So a failing world can shrink until a person can read it.
 */
export interface Plan {
  /** The seed for the duration of each port call. With 0 every call takes the same 20 ms. */
  pace: number;
  /** Lambda kills a function at its time-out; a laptop does not. */
  place: 'lambda' | 'laptop';
  delivery: 'url' | 'attachment';
  /** The hour of the day (UTC) at which the world begins. */
  startHour: number;
  /** The send policy of the route to chat A. */
  policy: 'none' | 'quiet hours' | 'one a day' | 'two a day';
  /** How far Linq's clock is ahead of ours (negative: behind). */
  linqAheadMs: number;
  /** How far the table's indexes lag behind its rows. */
  indexLagMs: number;
  calls: readonly CallPlan[];
  /** The answers to the POSTs of memos, in order. Linq takes every later memo at once. */
  posts: readonly PostPlan[];
  /** The answers to the questions for a chat's messages, in order. Linq answers every later question. */
  questions: readonly QuestionPlan[];
  faults: readonly Fault[];
  commands: readonly Command[];
}

/** Where a call's recording goes. The called number decides this, as in a route. */
export const DESTINATIONS = [
  'chat A',
  'chat B',
  'chats A and B',
  /** Chat A by its id, and the person whose chat with our line is chat A. */
  'chat A twice',
  'person P',
  /** The bridge must ask the source who called whom; then the memo goes to chat A. */
  'asked, then chat A',
  'nobody',
] as const;
export type Destination = (typeof DESTINATIONS)[number];

export const MEDIA_ANSWERS = ['sound', 'not yet', 'trouble', 'gives way', 'gone', 'never'] as const;
export type MediaAnswer = (typeof MEDIA_ANSWERS)[number];

export interface CallPlan {
  /** The time of the call, counted from the beginning of the world. */
  afterMs: number;
  to: Destination;
  /** Which of the two callers calls. */
  caller: 0 | 1;
  parts: 1 | 3;
  /**
   * The media host's answers, one for each download; after them it sends the sound. `gone` is permanent, and `never`
   * means "not yet" for ever.
   */
  media: readonly MediaAnswer[];
  /** How long the media host takes to send the sound. */
  downloadMs: number;
  /** When the source repeats a webhook that was already answered. */
  repeatsAfterMs: readonly number[];
}

export const POST_ANSWERS = [
  'done',
  /** Linq takes the memo, but the bridge does not learn of it: a 5xx, a time-out, an answer without an id. */
  'unknown, taken',
  /** Linq takes the memo minutes after the bridge stopped waiting. */
  'unknown, taken late',
  'unknown, not taken',
  'slow down',
  'line trouble',
  'our fault',
  'cannot fetch',
  'refused',
] as const;
export type PostAnswer = (typeof POST_ANSWERS)[number];

/** How Linq shows the file of a memo in its list and in its receipts. */
export const SHOWN = [
  'as it is',
  'another extension',
  'a suffix',
  'upper case',
  'no name',
  'no name, no id',
  'nameless video/mp4',
  'nameless octet-stream',
  'no parts',
] as const;
export type Shown = (typeof SHOWN)[number];

export interface PostPlan {
  answer: PostAnswer;
  /** The delay between Linq taking the memo and the chat's list showing the memo. */
  listedAfterMs: number;
  shown: Shown;
  /** The delay between Linq taking the memo and its delivery receipt. Without a value Linq sends no receipt. */
  receiptAfterMs?: number;
  /** How long Linq takes to answer. */
  answerMs: number;
}

export const QUESTION_ANSWERS = ['listed', 'no list', 'no list, our fault'] as const;
export type QuestionPlan = (typeof QUESTION_ANSWERS)[number];

export const STEPS = ['receive', 'store', 'send', 'tend', 'api'] as const;
export type Step = (typeof STEPS)[number];

export const TROUBLES = [
  'dies before',
  'dies after',
  'fails',
  'loses the answer',
  /** The SDK repeats a request whose answer was lost, and returns the second answer. */
  'is repeated',
  'freezes before',
  'freezes after',
  /** The lease can no longer be renewed: the step is informed, and another run may begin. */
  'loses its lease',
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** The fault of one port call within one run of a step. Runs of a step count from 1. */
export interface Fault {
  step: Step;
  run: number;
  /** The number of the call, from 1; or a name, such as `linq.sendVoiceMemo`, for the first call of that name. */
  effect: number | string;
  trouble: Trouble;
  /** How long a freeze lasts. */
  ms: number;
}

export const COMMANDS = [
  'replay',
  'replay by force',
  'erase memo',
  'erase caller',
  'erase recipient',
  'erase call',
  'stop by hand',
  'lift the stop',
  'stop word',
  'write',
  'purge recordings',
  'purge memos',
  'dead letter of recordings',
  'dead letter of memos',
  'sweep',
  'outage',
  'flag the line',
  /** Linq refuses our key for a while. */
  'wrong key',
  'forward',
  'later version in recordings',
  'later version in memos',
  'later version of a row',
] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Command {
  afterMs: number;
  name: CommandName;
  /** Selects one of the objects that the command can apply to. */
  which: number;
}
