/**
 * Everything that a world's history follows from. A plan is plain data: the same plan gives the same history, and a smaller
 * plan gives a shorter one, which is how a failing world is brought down to something that a person can read.
 */
export interface Plan {
  /** Seeds the time that each call of a port takes. 0: every call takes the same 20 ms. */
  pace: number;
  /** Lambda kills a function after its time-out; a laptop does not. */
  place: 'lambda' | 'laptop';
  delivery: 'url' | 'attachment';
  /** The hour of the day (UTC) at which the world begins. */
  startHour: number;
  /** What the route to chat A asks for. */
  policy: 'none' | 'quiet hours' | 'one a day' | 'two a day';
  /** How far Linq's clock is before ours (negative: behind). */
  linqAheadMs: number;
  /** How far the table's indexes lag behind its rows. */
  indexLagMs: number;
  calls: readonly CallPlan[];
  /** What becomes of each POST of a memo, in their order. Linq takes every later one at once. */
  posts: readonly PostPlan[];
  /** What becomes of each question for a chat's messages, in their order. Every later one is answered. */
  questions: readonly QuestionPlan[];
  faults: readonly Fault[];
  commands: readonly Command[];
}

/** Where a call's recording goes. The called number decides, as in a route. */
export const DESTINATIONS = [
  'chat A',
  'chat B',
  'chats A and B',
  /** Chat A by its id, and the person whose chat with our line is A. */
  'chat A twice',
  'person P',
  /** The source must be asked who called whom; then chat A. */
  'asked, then chat A',
  'nobody',
] as const;
export type Destination = (typeof DESTINATIONS)[number];

export const MEDIA_ANSWERS = ['sound', 'not yet', 'trouble', 'gives way', 'gone', 'never'] as const;
export type MediaAnswer = (typeof MEDIA_ANSWERS)[number];

export interface CallPlan {
  /** After the world's beginning. */
  afterMs: number;
  to: Destination;
  /** Which of two people calls. */
  caller: 0 | 1;
  parts: 1 | 3;
  /** What the media host answers, download by download; the sound from then on. `gone` is for good, and `never` is "not yet" for ever. */
  media: readonly MediaAnswer[];
  /** How long the media host takes for the sound. */
  downloadMs: number;
  /** When the source sends the webhook once more although it was answered. */
  repeatsAfterMs: readonly number[];
}

export const POST_ANSWERS = [
  'done',
  /** Taken, and we do not learn of it: a 5xx, a time-out, no id. */
  'unknown, taken',
  /** Linq takes it minutes after we gave up waiting. */
  'unknown, taken late',
  'unknown, not taken',
  'slow down',
  'line trouble',
  'our fault',
  'cannot fetch',
  'refused',
] as const;
export type PostAnswer = (typeof POST_ANSWERS)[number];

/** How Linq shows the file of a memo, in its list and in its receipts. */
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
  /** How long after it was taken the chat's list shows it. */
  listedAfterMs: number;
  shown: Shown;
  /** After the POST was taken: when Linq tells of its delivery; not at all without. */
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
  /** The SDK repeats a request whose answer was lost; the second answer is the one that counts. */
  'is repeated',
  'freezes before',
  'freezes after',
  /** The lease cannot be renewed any more: the step is told so, and another run may begin. */
  'loses its lease',
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** What happens to one call of a port within one run of a step. Runs of a step count from 1. */
export interface Fault {
  step: Step;
  run: number;
  /** Counted from 1; or the first call of this name, such as `linq.sendVoiceMemo`. */
  effect: number | string;
  trouble: Trouble;
  /** For a freeze. */
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
  /** Which of the things that the command may be about. */
  which: number;
}
