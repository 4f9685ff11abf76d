import { createHash } from 'node:crypto';
import { groupOf, type Target } from './memo.ts';
import { canonicalNumber, type Recording } from './recording.ts';

/**
 * The keys of the table. A memo's row stands under the memo's id, `m_…`, and its tombstone too; everything else has one of the keys
 * below. No telephone number stands in a key: where a key is about a person, it holds a hash.
 */

/** Which memo carries a part of a recording to a chat. Two targets may lead to one chat; only one memo gets the claim. */
export const onceKey = ({ source, id }: Pick<Recording, 'source' | 'id'>, chat: string, part = 1): string =>
  `once#${hashOf(source, id, part, chat)}`;

/** What an API request with an Idempotency-Key asked for; under the id of the memo that the request made. */
export const requestKey = (memo: string): string => `request#${memo}`;

/** What Linq's events say of one of its messages. */
export const receiptKey = (messageId: string): string => `receipt#${messageId}`;

/** The messages that receipts have named as carrying a memo. */
export const messageIdsKey = (memo: string): string => `message-ids#${memo}`;

/** The chat of a line with a person, as it was last found or opened. */
export const chatKey = ({ line, handle }: Pick<Extract<Target, { line: string }>, 'line' | 'handle'>): string =>
  `chat#${createHash('sha256').update(`${line} ${handle}`).digest('hex')}`;

/** Whose chat a chat is: the subject of a person. */
export const personKey = (chat: string): string => `person#${chat.toLowerCase()}`;

/** Whom stops are about: a chat, or a person by number. */
export type Recipient = { chat: string } | { phone: string };

/** A recipient as a hash. */
export const subjectOf = (recipient: Recipient): string =>
  'phone' in recipient
    ? hashOf('phone', canonicalNumber(recipient.phone))
    : hashOf('chat', recipient.chat.toLowerCase());

/** Who stopped the memos to a subject. */
export const suppressionKey = (by: string, subject: string): string => `stop#${by}#${subject}`;

/** When a subject last wrote anything but a stop word. */
export const repliedKey = (subject: string): string => `wrote#${subject}`;

/** What Linq last said about one of our lines. The number is ours, and no person's. */
export const lineKey = (line: string): string => `line#${line}`;

/** Which memos went to a chat on a day. */
export const dayKey = (chat: string, date: string): string => `day#${chat}#${date}`;

/** An erasure of what was still queued: by a person's number, a call's id or a recording's memo id. */
export const erasureKey = (erased: { phone: string } | { call: string } | { recording: string }): string => {
  // Some sources write numbers without their plus sign.
  if ('phone' in erased) return `erased#${hashOf('phone', canonicalNumber(erased.phone).replace(/^\+/, ''))}`;
  return `erased#${'call' in erased ? hashOf('call', erased.call) : hashOf('recording', erased.recording)}`;
};

/** The memo that the others of its message group wait behind. */
export const waitKey = (target: Target): string =>
  `waits#${createHash('sha256').update(groupOf(target)).digest('hex')}`;

/** One of the places that work of a kind shares; numbered from 1. */
export const placeKey = (kind: 'slow' | 'long', number: number): string => `${kind}#${number}`;

/** What was fetched of a memo's recording before its download broke. */
export const fetchedKey = (memo: string): string => `fetched#${memo}`;

/** That a session of the page was signed out. The id is random, and no secret. */
export const signedOutKey = (session: string): string => `signed-out#${session}`;

/** The API tokens of our account at Linq, and when each ends. */
export const LINQ_TOKENS_KEY = 'linq-tokens';

const hashOf = (...facts: readonly (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(facts)).digest('hex');
