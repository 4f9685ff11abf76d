import type { Expectation } from './expectation.ts';
import { type LinqFault, linqFaultBySeed } from './linq-faults.ts';
import { GOOD_RECORDING, type MediaAnswer, type MediaScript } from './media-faults.ts';

/** The faults in a chat, and the expected end of its calls. */
export interface ChatKind {
  /** About so many of a hundred chats are of this kind. */
  weight: number;
  /** The media host's answers; if absent, the seed decides. */
  media?: MediaScript;
  /** Linq's faults for the first POSTs of each memo, and then for all others; if absent, the seed decides. */
  linq?: { first?: readonly LinqFault[]; after: LinqFault };
  /** Linq's fault until the operator repairs the chat. */
  untilRepaired?: LinqFault;
  /** How long after accepting a message Linq lists it, in minutes of scaled time; if absent, the seed decides. */
  listedAfterMinutes?: number;
  /** Linq lists the files of this chat under other names. */
  renames?: true;
  /** The calls are too long for one memo. */
  isLong?: true;
  /** The most calls of a chat, for kinds whose calls take long. */
  mostCalls?: number;
  expects: Expectation;
}

const delivered: Expectation = { kind: 'delivered' };
const once = (...first: LinqFault[]) => ({ linq: { first, after: 'none' as const }, media: GOOD_RECORDING });

export const CHAT_KINDS = {
  plain: { weight: 64, expects: delivered },
  'opted out': {
    weight: 4,
    media: GOOD_RECORDING,
    linq: { after: '403/2024, opted out' },
    expects: { kind: 'ends', states: ['skipped'], reason: /opted out|suppression list|suppress/i },
  },
  suppressed: {
    weight: 4,
    media: GOOD_RECORDING,
    expects: { kind: 'ends', states: ['skipped'], reason: /suppression list|suppress/i },
  },
  // Only one chat is of this kind: it has its own route.
  'quiet hours': { weight: 0, media: GOOD_RECORDING, expects: delivered },
  'files renamed in the list': { weight: 6, renames: true, ...once('taken, no id'), expects: delivered },
  'listed after the last question': {
    weight: 3,
    ...once('taken, 500'),
    listedAfterMinutes: 14,
    expects: { kind: 'delivered', mayBeTwo: true },
  },
  'no answer twice': {
    weight: 2,
    ...once('503', 'HTML 502'),
    mostCalls: 2,
    expects: { kind: 'ends', states: ['parked'], reason: /^the memo may have been sent: Linq gave no answer twice/ },
  },
  'URL refused, so uploaded': {
    weight: 5,
    ...once('500/5002, could not fetch', '500/5002, could not fetch'),
    expects: delivered,
  },
  'a call in two parts': {
    weight: 0,
    isLong: true,
    mostCalls: 1,
    ...once('none'),
    expects: { kind: 'delivered', parts: 2 },
  },
  erased: { weight: 4, media: GOOD_RECORDING, expects: { kind: 'erased' } },
  'gone, then replayed': {
    weight: 4,
    media: { first: [], after: '410' },
    expects: { kind: 'delivered', first: { states: ['rejected'], reason: /^gone: the source answered 410/ } },
  },
  'dead letter, then replayed': {
    weight: 4,
    media: GOOD_RECORDING,
    untilRepaired: '503',
    expects: { kind: 'delivered', first: { states: ['failed', 'parked'], reason: /./ } },
  },
} as const satisfies Record<string, ChatKind>;

export type ChatKindName = keyof typeof CHAT_KINDS;
export const CHAT_KIND_NAMES = Object.keys(CHAT_KINDS) as ChatKindName[]; // the table's own keys
export const chatKind = (name: ChatKindName): ChatKind => CHAT_KINDS[name];

/** The rejection of a recording that is never audio, in every chat. For all other recordings, the chat decides. */
const NEVER_AUDIO: Readonly<Partial<Record<MediaAnswer, RegExp>>> = {
  'XML error page with 200': /^not audio: an XML page/,
  'HTML login page with 200': /^not audio: an HTML page/,
  empty: /^not audio: the recording is empty/,
  '410': /^gone: the source answered 410/,
};

/** The expected end of a call in a chat of this kind. */
export const expectationOf = (name: ChatKindName, media: MediaScript): Expectation => {
  const { media: ofTheKind, expects } = chatKind(name);
  const never = ofTheKind === undefined ? NEVER_AUDIO[media.after] : undefined;
  return never ? { kind: 'ends', states: ['rejected'], reason: never } : expects;
};

/** Linq's fault for a memo's nth POST in a chat of this kind. Only the seed decides, not the time of the POST. */
export const linqFaultIn = (name: ChatKindName, seed: number, memo: string, nth: number): LinqFault => {
  const { linq } = chatKind(name);
  return linq ? (linq.first?.[nth - 1] ?? linq.after) : linqFaultBySeed(seed, memo, nth);
};
