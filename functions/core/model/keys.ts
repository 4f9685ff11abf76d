import { createHash } from 'node:crypto';
import { groupOf, type Target } from './memo.ts';
import { canonicalNumber, type Recording } from './recording.ts';

/**
 * The keys of the table. A memo's row, or its tombstone, has the memo's id as key, `m_…`; everything else has one of
 * the keys below. No key contains a person's telephone number: a key about a person contains a hash.
 */

/**
 * The memo that carries a part of a recording to a chat. Two targets may lead to one chat; only one memo gets the
 * claim.
 */
export const onceKey = ({ source, id }: Pick<Recording, 'source' | 'id'>, chat: string, part = 1): string =>
  `once#${hashOf(source, id, part, chat)}`;

/**
 * The kind of recording of a talk that a chat gets, for each id of the talk. Sorted: of two recordings with an id in common, the first to claim
 * that id has won, and the other claims none behind it.
 */
export const talkKeys = ({ source, talk }: Pick<Recording, 'source' | 'talk'>, chat: string): string[] =>
  (talk?.ids ?? []).toSorted().map((id) => `once#${hashOf(source, 'talk', id, chat)}`);

/** The API request with an Idempotency-Key that made this memo. */
export const requestKey = (memo: string): string => `request#${memo}`;

/** The facts that Linq's events report about one message. */
export const receiptKey = (messageId: string): string => `receipt#${messageId}`;

/** The messages that carry a memo, by their receipts. */
export const messageIdsKey = (memo: string): string => `message-ids#${memo}`;

/** The chat of one of our lines with a person, as last found or opened. */
export const chatKey = ({ line, handle }: Pick<Extract<Target, { line: string }>, 'line' | 'handle'>): string =>
  `chat#${createHash('sha256').update(`${line} ${handle}`).digest('hex')}`;

/** The person of a chat, as a subject. */
export const personKey = (chat: string): string => `person#${chat.toLowerCase()}`;

/** A chat, or a person by number. */
export type Recipient = { chat: string } | { phone: string };

/** The hash of a recipient. */
export const subjectOf = (recipient: Recipient): string =>
  'phone' in recipient
    ? hashOf('phone', canonicalNumber(recipient.phone))
    : hashOf('chat', recipient.chat.toLowerCase());

/** That `by` suppresses the memos to a subject. */
export const suppressionKey = (by: string, subject: string): string => `stop#${by}#${subject}`;

/** When a subject last wrote a text that is no stop word. */
export const repliedKey = (subject: string): string => `wrote#${subject}`;

/** The status that Linq last reported for one of our lines. The number is ours, not a person's. */
export const lineKey = (line: string): string => `line#${line}`;

/** The memos that went to a chat on a day. */
export const dayKey = (chat: string, date: string): string => `day#${chat}#${date}`;

/** An erasure that also drops queued messages: by a person's number, a call's id or a recording's memo id. */
export const erasureKey = (erased: { phone: string } | { call: string } | { recording: string }): string => {
  // Some sources write numbers without their plus sign.
  if ('phone' in erased) return `erased#${hashOf('phone', canonicalNumber(erased.phone).replace(/^\+/, ''))}`;
  return `erased#${'call' in erased ? hashOf('call', erased.call) : hashOf('recording', erased.recording)}`;
};

/** That a call with several parts was erased, by the id of its first memo. */
export const erasedPartsKey = (memo: string): string => `erased-parts#${memo}`;

/** The memo that the others of its message group wait behind. */
export const waitKey = (target: Target): string =>
  `waits#${createHash('sha256').update(groupOf(target)).digest('hex')}`;

/** One of the places for slow downloads or for long work, numbered from 1. */
export const placeKey = (kind: 'slow' | 'long', number: number): string => `${kind}#${number}`;

/** The bytes that were fetched of a memo's recording before its download broke off. */
export const fetchedKey = (memo: string): string => `fetched#${memo}`;

/** What became of a source's webhooks that made no memo. */
export const traceKey = (source: string): string => `trace#${source}`;

/** The masked payload of the webhook that made a memo. */
export const payloadKey = (memo: string): string => `payload#${memo}`;

/** One of the places for masked payloads of webhooks that made no memo, numbered from 0. */
export const payloadSlotKey = (slot: number): string => `payload-slot#${slot}`;

/** When somebody last erased something: the payloads of webhooks without a memo that came before are gone. */
export const PAYLOADS_ERASED_KEY = 'payloads-erased';

/** What became of the memos of a day, `YYYY-MM-DD`. */
export const dayFiguresKey = (day: string): string => `figures#${day}`;

/** That a session of the page was signed out. The session's id is random and no secret. */
export const signedOutKey = (session: string): string => `signed-out#${session}`;

/** The API tokens of our Linq account, and when each expires. */
export const LINQ_TOKENS_KEY = 'linq-tokens';

/**
 * A key takes 1,000 writes a second. So a value that many memos have is spread over keys of its own: with four of them,
 * two writes for each memo are 2,000 memos a second. Another number needs a new version of the rows.
 */
export const SHARDS = ['0', '1', '2', '3'] as const;

/** The key that a memo has for a value, `twilio#2`. It follows from the memo's id. */
export const sharded = (value: string, memo: string): string => {
  const [first = 0] = createHash('sha256').update(memo).digest();
  return `${value}#${SHARDS[first % SHARDS.length]}`;
};

/** All keys of a value. */
export const shardsOf = (value: string): string[] => SHARDS.map((shard) => `${value}#${shard}`);

const hashOf = (...facts: readonly (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(facts)).digest('hex');
