import { createHash } from 'node:crypto';
import type { Audio, AudioFacts, Fitting, Part } from './audio.ts';
import type { Recording } from './recording.ts';

/** When, and how often, a recipient may get memos. */
export interface SendPolicy {
  /** No memo is sent between these times, which are `HH:MM` in an IANA time zone: memos wait until `until`. */
  quietHours?: { from: string; until: string; timeZone: string };
  /** The most memos for a chat on one day; further memos wait until the next day. */
  maxPerDay?: number;
  /**
   * A shorter call is skipped: the caller hung up before anything was said. At most an hour: such a call never has
   * parts.
   */
  minSeconds?: number;
}

/**
 * Where a memo goes: a Linq chat by its id, or the one-to-one chat of one of our lines with a person's number. `create`
 * opens such a chat with this first message where there is none.
 */
export type Target = ({ chat: string } | { line: string; handle: string; create?: string }) & SendPolicy;

/** Stands for the target of a memo that no route matches, until a person routes it. */
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

/** Every move that a step or a receipt may make. `ledger.dynamodb.ts` has the picture. */
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

/**
 * The moves that only a replay may make. A replay always raises the generation; `core/operate/replay-memos.ts` says
 * when.
 */
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

/**
 * Whether this code can read a stored row. A later version may write another `v`, or states that this code does not
 * know.
 */
export const isReadable = (row: { v?: unknown; state?: unknown }): boolean =>
  row.v === 1 && (STATES as readonly unknown[]).includes(row.state);

/** In a final state nothing more happens to a memo without a person or a receipt. */
export const isFinal = (state: MemoState): boolean => !['received', 'stored', 'sending', 'unknown'].includes(state);

export interface HistoryEntry {
  at: string;
  state: MemoState;
  attempt?: number;
  reason?: string;
  /** Linq's HTTP status and error code, as `429/1007`. */
  code?: string;
  traceId?: string;
  /** Linq's id of the message that it made for the memo. */
  messageId?: string;
}

/** One recording for one target: a row of the ledger. */
export interface Memo {
  v: 1;
  id: string;
  state: MemoState;
  reason?: string;
  /**
   * A replay, and a new message in place of an old one, raise this number: messages with a lower generation are
   * dropped.
   */
  generation: number;
  /** How often a POST to Linq was begun. */
  attempts: number;
  /** The attempt token, fresh for each attempt: an answer is written only while the row has the same token. */
  token?: string;
  recording: Recording;
  target?: Target;
  audio?: Audio;
  /** The recording as its source delivered it. */
  original?: AudioFacts;
  fitting?: Fitting;
  /** The part of a long recording that this memo carries. */
  part?: Part;
  /** Only on the first part's row: the audio of the other parts. */
  laterParts?: Audio[];
  /** The chat, fixed at the first attempt. */
  chat?: string;
  /** The chat was gone and has been looked up again. */
  lookedUpAgain?: true;
  /** The attachment's id at Linq, once uploaded. Attachments do not expire, so a retry uses the same attachment. */
  uploaded?: string;
  /** How often Linq could not fetch our URL. */
  cannotFetch: number;
  /**
   * ISO time: when the present run of "not yet" or "not now" answers began, moved by the time that did not count:
   * `wait-clock.ts`.
   */
  waitingSince?: string;
  /** ISO time: since when the wait clock stands still. */
  pausedAt?: string;
  /**
   * The cause of that run. `line` allows a longer wait than `linq`, and stays even if Linq's trouble follows; `us` has
   * no end.
   */
  waitingFor?: 'linq' | 'line' | 'us';
  /** ISO time: since when the memo's present message has waited for our own fault to be fixed. */
  ownFaultSince?: string;
  /**
   * ISO time: when the memo's message is due again. Long after this time the message is lost, and the sweep makes
   * another.
   */
  dueAt?: string;
  /** ISO time: when the last attempt began. */
  attemptedAt?: string;
  /** How many attempts of this generation ended unknown. */
  unknowns?: number;
  /**
   * ISO time: when the first attempt with an unknown result began, in any generation. Removed by a send or by a replay
   * with force.
   */
  unknownSince?: string;
  /** Linq's ids, once Linq has accepted the memo. */
  linq?: { messageId: string; attachmentId?: string };
  /** The newest messages of earlier sends, where the memo was sent again by force. */
  earlierMessages?: string[];
  /** The masked payload of its webhook was kept, for as long as payloads are kept. */
  inspected?: true;
  /** The body of the message from a dead-letter queue, for a replay. */
  deadLetter?: string;
  /** The first lines and the last ones. */
  history: HistoryEntry[];
  /** How many lines are left out between the first lines and the last ones. */
  historyOmitted?: number;
  /** ISO time: when the memo's webhook, or the API request for it, came. */
  receivedAt?: string;
  createdAt: string;
  updatedAt: string;
}

/** The ids of all messages that Linq made for a memo, as far as we know. A replay with force makes another message. */
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

/**
 * The memo's id: `m_` and 130 bits of SHA-256 over source, recording and target. Every retry of an event gets the same
 * id.
 */
export const memoId = (recording: Pick<Recording, 'source' | 'id'>, target: Target | undefined): string => {
  const facts = JSON.stringify([recording.source, recording.id, target ? canonicalTarget(target) : UNROUTED]);
  return `m_${base32(createHash('sha256').update(facts).digest()).slice(0, 26)}`;
};

/**
 * The prefixes of a memo's bytes in the bucket: the recording as fetched, and the audio. Each run writes under a name
 * of its own. An erasure deletes both prefixes and nothing that another memo of the recording needs. The keys contain
 * no personal data.
 */
export const inboxOf = (memo: string): string => `inbox/${firstPartId(memo)}/`;
export const audioOf = (memo: string): string => `audio/${firstPartId(memo)}/`;

/** The id of a part's memo. The first part has the id without a number. */
export const partId = (memo: string, number: number): string => (number === 1 ? memo : `${memo}-${number}`);
export const firstPartId = (memo: string): string => memo.replace(/-\d+$/, '');

/** The target without its send policy: a changed policy does not change the memo's id. */
const canonicalTarget = (target: Target): string =>
  'chat' in target ? `chat:${target.chat.toLowerCase()}` : `line:${target.line} handle:${target.handle}`;

/** The message group of a target on the queues. A group must not contain a person's telephone number. */
export const groupOf = (target: Target): string =>
  'chat' in target
    ? canonicalTarget(target)
    : `person:${createHash('sha256').update(canonicalTarget(target)).digest('hex')}`;

/** A text that sorts memos by their calls, and by the parts of a call. */
export const callOrder = ({ receivedAt, createdAt, part }: Pick<Memo, 'receivedAt' | 'createdAt' | 'part'>): string =>
  `${receivedAt ?? createdAt} ${String(part?.number ?? 1).padStart(6, '0')}`;

const base32 = (bytes: Uint8Array): string => {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return bits.replace(/.{5}/g, (five) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(Number.parseInt(five, 2)));
};
