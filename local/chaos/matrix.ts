import type { LinqFault } from './linq-faults.ts';
import type { MediaScript } from './media-faults.ts';
import type { Measured } from './peers.ts';

/** One line of the fault matrix: the faults, and the promised result. */
export interface Case {
  name: string;
  calls: number;
  /** How often each webhook is sent, all at once. */
  atOnce?: number;
  /** The webhook is sent once more after the memo's end. */
  andAgain?: true;
  unsigned?: true;
  /** Linq's faults for the first POSTs of each call. */
  linq?: readonly LinqFault[];
  media?: MediaScript;
  /** A fault of the machine, injected while the affected work runs. Such cases begin one by one, before the others. */
  upset?: 'store is killed in mid-download' | 'Linq’s key is revoked and replaced';
  mustHold: {
    /** The number of memos in the chats, at most one for each call. */
    delivered: number;
    /** The final states of the rows; empty if no call may be accepted. */
    ends: readonly string[];
    /** The number of POSTs for each memo, if it matters. */
    posts?: number;
  };
  peers?: Measured;
}

const SENT = ['sent', 'delivered', 'read'] as const;
const once = (first: MediaScript['first']): MediaScript => ({ first, after: 'audio' });

export const MATRIX: readonly Case[] = [
  {
    name: 'the same webhook 20 times at once',
    calls: 1,
    atOnce: 20,
    mustHold: { delivered: 1, ends: SENT },
    peers: 'repeated',
  },
  {
    name: 'Linq answers 503 once',
    calls: 5,
    linq: ['503'],
    mustHold: { delivered: 5, ends: SENT },
    peers: 'API 503',
  },
  {
    name: 'Linq answers 429 with Retry-After',
    calls: 5,
    linq: ['429 with Retry-After'],
    mustHold: { delivered: 5, ends: SENT },
  },
  {
    name: 'the recording is 404 once',
    calls: 5,
    media: once(['404']),
    mustHold: { delivered: 5, ends: SENT },
    peers: 'recording 404',
  },
  {
    name: 'the recording is cut short once',
    calls: 5,
    media: once(['cut short']),
    mustHold: { delivered: 5, ends: SENT },
  },
  {
    name: 'the recording is 200 with an XML error page',
    calls: 1,
    media: { first: [], after: 'XML error page with 200' },
    mustHold: { delivered: 0, ends: ['rejected'], posts: 0 },
    peers: 'XML page',
  },
  {
    name: 'the recipient has opted out, 403/2024',
    calls: 1,
    andAgain: true,
    linq: ['403/2024, opted out'],
    mustHold: { delivered: 0, ends: ['skipped'], posts: 1 },
  },
  {
    name: 'Linq takes it, and never answers',
    calls: 5,
    linq: ['taken, silence'],
    mustHold: { delivered: 5, ends: SENT },
  },
  {
    name: 'Linq takes it, and answers 500',
    calls: 5,
    linq: ['taken, 500'],
    mustHold: { delivered: 5, ends: SENT },
  },
  {
    name: 'Linq takes it, and answers 202 without an id',
    calls: 5,
    linq: ['taken, no id'],
    mustHold: { delivered: 5, ends: SENT },
  },
  {
    name: 'Linq’s key is revoked, and replaced later',
    calls: 5,
    upset: 'Linq’s key is revoked and replaced',
    mustHold: { delivered: 5, ends: SENT },
  },
  {
    name: 'acknowledged, then kill -9 in mid-download',
    calls: 10,
    media: once(['held back']),
    upset: 'store is killed in mid-download',
    mustHold: { delivered: 10, ends: SENT },
    peers: 'killed',
  },
  {
    name: 'a request without its signature',
    calls: 1,
    unsigned: true,
    mustHold: { delivered: 0, ends: [] },
    peers: 'unsigned',
  },
];
