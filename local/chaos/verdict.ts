import type { Expectation } from './expectation.ts';
import type { Arrived } from './linq-chats.ts';

/** The facts of one call that its sender and the plan know. */
export interface Sent {
  call: string;
  chat: string;
  /** The recording's digest; absent if the bridge converts the recording. */
  digest?: string;
  /** Whether the sender got a 2xx. */
  acknowledged: boolean;
  /** The memos that the 2xx named. */
  memos: readonly string[];
  /** When the first request began, and when the sender got the first 2xx, in milliseconds since 1970. */
  firstSentMs?: number;
  acknowledgedMs?: number;
  /** Absent where the plan leaves the end open. */
  expects?: Expectation;
  /** The memo's row before the operator replayed the memo. */
  before?: Row;
  /** When the bridge confirmed the erasure of the memo. */
  erasedMs?: number;
}

/** A time in which, by the kit's own fault, nobody could know whether Linq accepted a memo. Milliseconds since 1970. */
export interface Doubt {
  /** Absent if every memo was in doubt: `send` or a part of the cloud was down. */
  memo?: string;
  fromMs: number;
  toMs: number;
}

/** The bridge's row of a memo. */
export interface Row {
  id: string;
  state: string;
  reason?: string | undefined;
  history: readonly { at: string; state: string; reason?: string | undefined; code?: string | undefined }[];
}

export const FINDINGS = {
  lost: 'acknowledged, and there is no row or it never came to an end',
  doubled: 'two messages in the chat',
  'out of order': 'a later call of the chat came first',
  'another end': 'it ended otherwise than planned',
  'after erasure': 'it was sent after the erasure was answered',
  'too early': 'it came in quiet hours',
  silent: 'it ended without a reason',
  false: 'the row says one thing and the chat another',
  'wrong bytes': 'the sound in the chat is not the sound of the call',
  'asked again': 'Linq was asked again after the recipient had opted out',
} as const;
export type FindingKind = keyof typeof FINDINGS;

export interface Finding {
  kind: FindingKind;
  memo: string;
  what: string;
  row?: Row | undefined;
}

export interface Verdict {
  calls: number;
  acknowledged: number;
  /** Acknowledged recordings that are in their chat exactly once, with all parts in order and their own bytes. */
  delivered: number;
  /** Recordings that came twice where the plan allows it: Linq listed the first message after our last question. */
  allowedTwice: number;
  /** Calls that a later call overtook, because they came later than the documented wait. */
  late: number;
  erased: number;
  /** Memos that should be delivered, and are parked because two answers left open whether Linq has them. */
  parkedInDoubt: number;
  /** Memos with another end, by state and reason. */
  ended: readonly { state: string; reason: string; count: number }[];
  findings: readonly Finding[];
}

export interface Facts {
  sent: readonly Sent[];
  rows: ReadonlyMap<string, Row>;
  arrived: readonly Arrived[];
  optedOutThenAsked?: readonly string[];
  doubts?: readonly Doubt[];
  /** The greatest shift of other clocks against ours, for comparisons of times. */
  toleranceMs?: number;
  /** How long after its acknowledgement the chat's later calls must wait for a call; if absent, without end. */
  orderWaitMs?: number;
}

export type Find = (kind: FindingKind, memo: string, what: string) => void;
