import type { MemoState } from '../../core/model/memo.ts';

/** How the icon of a state looks: in hand, arrived, ended, or waiting for a person. */
export type Tone = 'active' | 'done' | 'still' | 'person';

interface StateHelp {
  tone: Tone;
  /** SVG path data in a square of sixteen. */
  shape: string;
  /** What the state means, in a sentence. */
  means: string;
  /** What a person can do, where there is something to do. */
  todo?: string;
}

const CIRCLE = 'M14 8a6 6 0 1 1-12 0 6 6 0 1 1 12 0';
const DIAMOND = 'M8 1.5 14.5 8 8 14.5 1.5 8z';

/** The states of docs/api.md, for a reader of one memo. */
export const STATE_HELP: Readonly<Record<MemoState, StateHelp>> = {
  received: { tone: 'active', shape: CIRCLE, means: 'Aftercall is fetching the recording.' },
  stored: {
    tone: 'active',
    shape: `${CIRCLE}M5 8h6`,
    means: 'The audio is in S3. The memo waits to be sent.',
  },
  sending: { tone: 'active', shape: 'M2 8h11M9 4l4 4-4 4', means: 'Aftercall is sending the memo to Linq.' },
  sent: { tone: 'done', shape: 'M2.5 8.5 6.5 12.5 13.5 4', means: 'Linq has accepted the memo.' },
  delivered: { tone: 'done', shape: 'M1 8.5 4.5 12 10.5 4.5M8 11l1 1 6-7.5', means: 'The memo is on the phone.' },
  read: {
    tone: 'done',
    shape: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 7.75v.5',
    means: 'The recipient has read the memo.',
  },
  unknown: {
    tone: 'active',
    shape: 'M5 6a3 3 0 1 1 3 3v1.5M8 13v.5',
    means: 'Linq gave no clear answer, so the memo may have been sent. Aftercall is asking Linq.',
    todo: 'Nothing. Linq’s answer usually comes within ten minutes.',
  },
  parked: {
    tone: 'person',
    shape: 'M5.5 3v10M10.5 3v10',
    means: 'The memo may have been sent. Aftercall cannot find out.',
    todo: 'Look into the chat. If the memo is missing there, replay it by force. If the memo is there, do nothing.',
  },
  unrouted: {
    tone: 'person',
    shape: 'M8 14V8M8 8 3 3M8 8l5-5',
    means: 'No route leads this recording to a chat. Its audio is kept.',
    todo: 'Add a route to bridge.config.ts and replay the memo, or replay it to a chat that you name.',
  },
  rejected: {
    tone: 'still',
    shape: `${DIAMOND}M8 5.5v3M8 10.75v.01`,
    means: 'The recording holds no audio that can be sent.',
    todo: 'Read the reason. If the codec needs ffmpeg, deploy with the ffmpeg layer and replay the memo: Aftercall fetches the recording again.',
  },
  failed: {
    tone: 'person',
    shape: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
    means: 'The memo was not sent, and Aftercall does not try again.',
    todo: 'Read the reason below and remove its cause. Then replay the memo.',
  },
  skipped: { tone: 'still', shape: 'M3 8h10', means: 'The memo was not sent, on purpose.' },
};

/** States that only a person can end. */
export const FOR_A_PERSON = ['unrouted', 'parked', 'failed'] as const satisfies readonly MemoState[];

const WAITS = 'The memos wait, and Aftercall sends them by itself afterwards.';

/**
 * What a person can do about an answer of Linq, by HTTP status and error code. The row's reason says what the answer means.
 * Answers without an entry need nothing besides their reason.
 */
const LINQ_ADVICE: Readonly<Record<string, string>> = {
  '400/5004': 'Linq accepts MP3, M4A, AAC, CAF, WAV, AIFF and AMR. Replay the memo: Aftercall checks its audio again.',
  '401/*': `Set LINQ_API_V3_API_KEY to a key that Linq accepts. ${WAITS}`,
  '402/*': `Check the billing of the Linq account. ${WAITS}`,
  '403/*': `Check in the Linq dashboard what the key may do. ${WAITS}`,
  '403/2008': 'On a shared or sandbox line the recipient must text first. Then replay the memo.',
  '403/2024': 'Nothing. The recipient sent STOP and gets no memo until they text START. Do not replay the memo.',
  '403/2026': 'If the recipient should get memos, unblock them at Linq. Then replay the memo by force.',
  '403/2027': 'Nothing. Aftercall tries again for a day.',
  '404/2001': 'Check the chat id: the chat must belong to the account of the key.',
  '404/2003': 'Replay the memo: Aftercall uploads its audio again.',
  '404/2007': 'Nothing. Aftercall tries again within seconds.',
  '409/2009': 'Nothing. Aftercall tries again within seconds.',
  '409/2013': 'The chat has ended. Route later memos to another chat.',
  '409/2015': 'Nothing. Aftercall tries again for a day.',
  '409/2016': 'This group accepts no voice memos. Route later memos to another chat.',
  '429/*': 'Nothing. Aftercall waits as long as Linq asks.',
  '500/5002': 'Nothing. Aftercall tries once more with a new URL, then sends the audio as an attachment.',
};

export const adviceOn = (code: string | undefined): string | undefined =>
  code && (LINQ_ADVICE[code] ?? LINQ_ADVICE[`${code.split('/')[0]}/*`]);
