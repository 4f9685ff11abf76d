import type { Expectation } from './expectation.ts';
import type { Arrived } from './linq-chats.ts';

/** One call, as its sender and the plan know it. */
export interface Sent {
  call: string;
  chat: string;
  /** Of its recording; absent where the bridge makes other bytes of it. */
  digest?: string;
  /** Whether a 2xx was seen. */
  acknowledged: boolean;
  /** The memos that the 2xx named. */
  memos: readonly string[];
  /** When its first request began and when its first 2xx was seen, in milliseconds since 1970. */
  firstSentMs?: number;
  acknowledgedMs?: number;
  /** Absent where the plan leaves the end open. */
  expects?: Expectation;
  /** How the memo had ended when the operator replayed it. */
  before?: Row;
  /** When the bridge said that the memo is erased. */
  erasedMs?: number;
}

/** A time in which nobody could tell whether Linq took a memo, as the kit itself has brought it about. In milliseconds since 1970. */
export interface Doubt {
  /** Absent where it was so of every memo: `send` or a part of the cloud was away. */
  memo?: string;
  fromMs: number;
  toMs: number;
}

/** What the bridge says of a memo. */
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
  /** Acknowledged recordings that are in their chat once, all their parts in order, with their own bytes. */
  delivered: number;
  /** Recordings that came twice where the plan allows two: Linq listed the first after the last question. */
  allowedTwice: number;
  /** Calls that another passed, because they came later than the stated wait. */
  late: number;
  erased: number;
  /** Memos that were to be delivered, and are parked because Linq left twice open whether it has them. */
  parkedInDoubt: number;
  /** Memos that ended otherwise, by state and reason. */
  ended: readonly { state: string; reason: string; count: number }[];
  findings: readonly Finding[];
}

export interface Facts {
  sent: readonly Sent[];
  rows: ReadonlyMap<string, Row>;
  arrived: readonly Arrived[];
  optedOutThenAsked?: readonly string[];
  doubts?: readonly Doubt[];
  /** How far clocks may be from ours, for what is compared with a time. */
  toleranceMs?: number;
  /** How long after its acknowledgement a call may keep the later ones of its chat waiting; for ever where absent. */
  orderWaitMs?: number;
}

export type Find = (kind: FindingKind, memo: string, what: string) => void;
