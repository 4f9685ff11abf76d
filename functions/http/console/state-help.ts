import type { MemoState } from '../../core/model/memo.ts';

/** How a state looks beside its word: in hand, done, at rest, or waiting for a person. */
export type Tone = 'moving' | 'done' | 'still' | 'person';

interface StateWords {
  tone: Tone;
  /** Lines in a square of sixteen. */
  shape: string;
  means: string;
  /** What a person can do, where there is something. */
  todo?: string;
}

const CIRCLE = 'M14 8a6 6 0 1 1-12 0 6 6 0 1 1 12 0';
const DIAMOND = 'M8 1.5 14.5 8 8 14.5 1.5 8z';

/** The table of docs/api.md, for whoever looks at one memo. */
export const STATE_WORDS: Readonly<Record<MemoState, StateWords>> = {
  received: { tone: 'moving', shape: CIRCLE, means: 'The recording is being fetched.' },
  stored: {
    tone: 'moving',
    shape: `${CIRCLE}M5 8h6`,
    means: 'The audio is in S3 and waits for its turn, or for Linq.',
  },
  sending: { tone: 'moving', shape: 'M2 8h11M9 4l4 4-4 4', means: 'Linq is being asked.' },
  sent: { tone: 'done', shape: 'M2.5 8.5 6.5 12.5 13.5 4', means: 'Linq has taken the memo.' },
  delivered: { tone: 'done', shape: 'M1 8.5 4.5 12 10.5 4.5M8 11l1 1 6-7.5', means: 'The memo is on the phone.' },
  read: {
    tone: 'done',
    shape: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 7.75v.5',
    means: 'The memo has been read.',
  },
  unknown: {
    tone: 'moving',
    shape: 'M5 6a3 3 0 1 1 3 3v1.5M8 13v.5',
    means: 'It may have been sent, and Linq is being asked.',
    todo: 'Wait ten minutes: it settles by itself.',
  },
  parked: {
    tone: 'person',
    shape: 'M5.5 3v10M10.5 3v10',
    means: 'It may have been sent, and nobody can tell.',
    todo: 'Look into the chat. If the memo is not there, replay it by force; if it is, leave it.',
  },
  unrouted: {
    tone: 'person',
    shape: 'M8 14V8M8 8 3 3M8 8l5-5',
    means: 'No route fits this recording. Its audio is kept.',
    todo: 'Add a route to bridge.config.ts and replay it, or replay it to a chat.',
  },
  rejected: {
    tone: 'still',
    shape: `${DIAMOND}M8 5.5v3M8 10.75v.01`,
    means: 'There is no audio in it that can be sent.',
    todo: 'See the reason. A codec that only ffmpeg hears needs the layer; then replay it, and it is fetched again.',
  },
  failed: {
    tone: 'person',
    shape: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
    means: 'Linq refused it, or it was given up.',
    todo: 'See the reason and the last code. Once that is fixed, replay it.',
  },
  skipped: { tone: 'still', shape: 'M3 8h10', means: 'Rightly not sent.' },
};

/** What waits for a person until somebody does something. */
export const FOR_A_PERSON = ['unrouted', 'parked', 'failed'] as const satisfies readonly MemoState[];

/**
 * What a person can do about an answer of Linq's, by HTTP status and error code; the row's reason says what it means. Where
 * a status has no more to say than its reason, it is not here.
 */
const LINQ_ADVICE: Readonly<Record<string, string>> = {
  '400/5004': 'Linq takes MP3, M4A, AAC, CAF, WAV, AIFF and AMR. Replay it: the audio is looked at anew.',
  '401/*': 'Set LINQ_API_V3_API_KEY to a key that Linq knows. Memos wait, and go out by themselves.',
  '402/*': 'See the billing of the Linq account. Memos wait, and go out by themselves.',
  '403/*': 'See what the key may do, in the Linq dashboard. Memos wait, and go out by themselves.',
  '403/2008': 'On a shared or sandbox line the recipient must text first. Then replay it.',
  '403/2024': 'They said STOP. Nothing is sent until they start again, and no replay should change that.',
  '403/2026': 'Unblock the recipient at Linq if this is not meant. Then replay it by force.',
  '403/2027': 'Nothing: it is tried again for a day.',
  '404/2001': 'Check the chat id: it must belong to the account of the key.',
  '404/2003': 'Replay it: the audio is uploaded again.',
  '404/2007': 'Nothing: it is tried again within seconds.',
  '409/2009': 'Nothing: it is tried again within seconds.',
  '409/2013': 'The chat has ended. A new one needs another route.',
  '409/2015': 'Nothing: it is tried again for a day.',
  '409/2016': 'Voice memos go to this group no more. Route it to another chat.',
  '429/*': 'Nothing: it waits as long as Linq asks.',
  '500/5002': 'Nothing: it goes once more with a fresh URL, then as an attachment.',
};

export const adviceOn = (code: string | undefined): string | undefined =>
  code && (LINQ_ADVICE[code] ?? LINQ_ADVICE[`${code.split('/')[0]}/*`]);
