import type { MemoState } from '../../core/model/memo.ts';

/** How the icon of a state looks: in hand, arrived, ended, or waiting for a person. */
export type Tone = 'active' | 'done' | 'still' | 'person';

interface StateHelp {
  tone: Tone;
  /** SVG path data in a square of sixteen. */
  shape: string;
  /** What the state means, in a sentence. */
  means: string;
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
  },
  parked: {
    tone: 'person',
    shape: 'M5.5 3v10M10.5 3v10',
    means: 'The memo may have been sent. Aftercall cannot find out whether it was.',
  },
  unrouted: {
    tone: 'person',
    shape: 'M8 14V8M8 8 3 3M8 8l5-5',
    means: 'No route leads this recording to a chat. Its audio is kept.',
  },
  rejected: {
    tone: 'still',
    shape: `${DIAMOND}M8 5.5v3M8 10.75v.01`,
    means: 'The recording holds no audio that can be sent.',
  },
  failed: {
    tone: 'person',
    shape: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
    means: 'The memo was not sent, and Aftercall does not try again.',
  },
  skipped: { tone: 'still', shape: 'M3 8h10', means: 'The memo was not sent, on purpose.' },
};

/** States that only a person can end. */
export const FOR_A_PERSON = ['unrouted', 'parked', 'failed'] as const satisfies readonly MemoState[];
