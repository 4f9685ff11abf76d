import { createHash } from 'node:crypto';
import type { Audio, AudioFacts, Fitting, Part } from './audio.ts';
import type { Recording } from './recording.ts';

/** What the sender of a memo owes its recipient. */
export interface SendPolicy {
  /** Nothing arrives between these, as wall-clock `HH:MM` in an IANA time zone: what comes meanwhile waits. */
  quietHours?: { from: string; until: string; timeZone: string };
  /** At most so many memos a chat and day; what is more waits for the next. */
  maxPerDay?: number;
  /** A shorter call is skipped: whoever hung up before anything was said. At most an hour, which is never in parts. */
  minSeconds?: number;
}

/**
 * Where a memo goes: a Linq chat by its id, or the one-to-one chat of one of our lines with a person's number. `create` opens
 * such a chat with this first message where there is none.
 */
export type Target = ({ chat: string } | { line: string; handle: string; create?: string }) & SendPolicy;

/** A memo without a route has this in place of its target until a person routes it. */
const UNROUTED = '-';

export const STATES = [
  'received',
  'stored',
  'sending',
  'sent',
  'delivered',
  'read',
  'unknown',
  'parked',
  'unrouted',
  'rejected',
  'failed',
  'skipped',
] as const;
export type MemoState = (typeof STATES)[number];

/** Every move a memo may make by itself, or by a receipt; the picture is where the conditional write is, in the ledger. */
export const MOVES: Readonly<Record<MemoState, readonly MemoState[]>> = {
  received: ['stored', 'unrouted', 'rejected', 'failed', 'skipped'],
  stored: ['sending', 'failed', 'skipped', 'unrouted', 'sent', 'parked'],
  sending: ['sent', 'stored', 'unknown', 'failed', 'skipped', 'parked'],
  unknown: ['sent', 'stored', 'parked'],
  sent: ['delivered', 'read'],
  delivered: ['read'],
  read: [],
  parked: ['sent'],
  unrouted: ['sent'],
  rejected: [],
  failed: ['sent'],
  skipped: ['sent'],
};

/** The ways that only a replay may go, which always raises the generation; `core/operate/replay-memos.ts` says when. */
export const REPLAYS: Readonly<Partial<Record<MemoState, readonly MemoState[]>>> = {
  sent: ['stored'],
  delivered: ['stored'],
  read: ['stored'],
  parked: ['unknown', 'stored'],
  unrouted: ['skipped', 'stored'],
  rejected: ['received', 'skipped'],
  failed: ['received', 'stored', 'skipped'],
  skipped: ['stored'],
};

export const mayMove = (from: MemoState, to: MemoState, byReplay: boolean): boolean =>
  from === to || ((byReplay ? REPLAYS : MOVES)[from]?.includes(to) ?? false);

/** Whether this code can read a stored row; a later version may write another `v`, or states that this code does not know. */
export const isReadable = (row: { v?: unknown; state?: unknown }): boolean =>
  row.v === 1 && (STATES as readonly unknown[]).includes(row.state);

/** Nothing more will happen to a memo in one of these without a person or a receipt. */
export const isFinal = (state: MemoState): boolean => !['received', 'stored', 'sending', 'unknown'].includes(state);

export interface HistoryEntry {
  at: string;
  state: MemoState;
  attempt?: number;
  reason?: string;
  /** Linq's HTTP status and error code, as `429/1007`. */
  code?: string;
  traceId?: string;
  /** The message that Linq made of it. */
  messageId?: string;
}

/** One recording for one target: a row of the ledger. */
export interface Memo {
  v: 1;
  id: string;
  state: MemoState;
  reason?: string;
  /** Raised by a replay, and where the message is made anew: one with a lower generation is dropped. */
  generation: number;
  /** How often a POST to Linq was begun. */
  attempts: number;
  /** Fresh for each attempt: an answer is written only where it still stands. */
  token?: string;
  recording: Recording;
  target?: Target;
  audio?: Audio;
  /** What came from the source, as it was. */
  original?: AudioFacts;
  fitting?: Fitting;
  /** Which part of a long recording this memo carries. */
  part?: Part;
  /** On the row of the first part: the audio of the others, fixed with it. */
  laterParts?: Audio[];
  /** The chat as it was frozen at the first attempt. */
  chat?: string;
  /** The chat was gone and was looked up a second time. */
  lookedUpAgain?: true;
  /** The audio's id at Linq once it was uploaded: it never expires, and a retry must not wait for a new one. */
  uploaded?: string;
  /** How often Linq could not fetch our URL. */
  cannotFetch: number;
  /** When the present run of "not yet" or "not now" answers began, less what did not count: `wait-clock.ts`. */
  waitingSince?: string;
  /** Since when that clock stands still. */
  pausedAt?: string;
  /** Whose trouble that run has seen: the line's lasts longer than Linq's, and may end in a moment of Linq's; ours never ends. */
  waitingFor?: 'linq' | 'line' | 'us';
  /** Since when its present message has waited for us to fix our own fault. */
  ownFaultSince?: string;
  /** When its message is due again; long after that, the message is lost and another must be made. */
  dueAt?: string;
  /** When the last attempt began. */
  attemptedAt?: string;
  /** How many attempts of this generation ended unknown. */
  unknowns?: number;
  /** When the first attempt began, in whatever generation, of which nobody knows the end. Only a send or a replay by force takes it off. */
  unknownSince?: string;
  /** Linq's ids, once it has taken the memo. */
  linq?: { messageId: string; attachmentId?: string };
  /** The messages of earlier sends, where it was sent again by force; the newest of them. */
  earlierMessages?: string[];
  /** The message that a dead-letter queue held, for replay. */
  deadLetter?: string;
  /** The first lines and the last ones. */
  history: HistoryEntry[];
  /** How many lines are left out between them. */
  historyOmitted?: number;
  /** When its webhook, or the request for it, came. */
  receivedAt?: string;
  createdAt: string;
  updatedAt: string;
}

/** Every message that Linq made of a memo, as far as we know: by force it may have been sent again. */
export const messagesOf = ({
  linq,
  earlierMessages = [],
  history,
}: Pick<Memo, 'linq' | 'earlierMessages' | 'history'>): string[] => [
  ...new Set([
    ...(linq ? [linq.messageId] : []),
    ...earlierMessages,
    ...history.flatMap(({ messageId }) => messageId ?? []),
  ]),
];

export const MEMO_ID = /^m_[a-z2-7]{26}(-[1-9]\d*)?$/;

/** `m_` and 130 bits of SHA-256 over source, recording and target: the same for every retry of the same event. */
export const memoId = (recording: Pick<Recording, 'source' | 'id'>, target: Target | undefined): string => {
  const facts = JSON.stringify([recording.source, recording.id, target ? canonicalTarget(target) : UNROUTED]);
  return `m_${base32(createHash('sha256').update(facts).digest()).slice(0, 26)}`;
};

/**
 * Where the bytes of a memo's recording lie, and its audio, each run's under a name of its own: by these prefixes an erasure
 * finds what any run has left, and takes nothing that another memo of the same recording needs. No personal data is in them.
 */
export const inboxOf = (memo: string): string => `inbox/${firstPartId(memo)}/`;
export const audioOf = (memo: string): string => `audio/${firstPartId(memo)}/`;

/** The id of a later part's memo; the first part's is the recording's own. */
export const partId = (memo: string, number: number): string => (number === 1 ? memo : `${memo}-${number}`);
export const firstPartId = (memo: string): string => memo.replace(/-\d+$/, '');

/** The target without its send policy, which may change while it stays the same. */
const canonicalTarget = (target: Target): string =>
  'chat' in target ? `chat:${target.chat.toLowerCase()}` : `line:${target.line} handle:${target.handle}`;

/** The queue's message group of a target. It is no place for a telephone number. */
export const groupOf = (target: Target): string =>
  'chat' in target
    ? canonicalTarget(target)
    : `person:${createHash('sha256').update(canonicalTarget(target)).digest('hex')}`;

/** In the order of the calls, and of the parts of one. Each compares as text. */
export const callOrder = ({ receivedAt, createdAt, part }: Pick<Memo, 'receivedAt' | 'createdAt' | 'part'>): string =>
  `${receivedAt ?? createdAt} ${String(part?.number ?? 1).padStart(6, '0')}`;

const base32 = (bytes: Uint8Array): string => {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return bits.replace(/.{5}/g, (five) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(Number.parseInt(five, 2)));
};
