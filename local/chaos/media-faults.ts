import type { Dice } from './seeded.ts';

/** A media host's possible answers to a request for a recording. */
export type MediaAnswer =
  | 'audio'
  | 'slow'
  | 'redirect'
  | '404'
  | '503'
  | 'cut short'
  | 'no headers'
  | 'held back'
  | 'XML error page with 200'
  | 'HTML login page with 200'
  | 'empty'
  | '410';

/** The first answers for one recording, and the answer to all later requests. */
export interface MediaScript {
  first: readonly MediaAnswer[];
  after: MediaAnswer;
}

export const GOOD_RECORDING: MediaScript = { first: [], after: 'audio' };

const once = (answer: MediaAnswer): MediaScript => ({ first: [answer], after: 'audio' });
const always = (answer: MediaAnswer): MediaScript => ({ first: [], after: answer });

/** About so many of a hundred recordings in a storm follow each script. */
const SCRIPTS = {
  'at once': { weight: 60, script: GOOD_RECORDING },
  '404 once': { weight: 6, script: once('404') },
  '404 twice': { weight: 3, script: { first: ['404', '404'], after: 'audio' } },
  '503 once': { weight: 5, script: once('503') },
  slow: { weight: 5, script: always('slow') },
  'cut short once': { weight: 5, script: once('cut short') },
  'no headers once': { weight: 4, script: once('no headers') },
  'by a redirect': { weight: 4, script: always('redirect') },
  'an XML error page': { weight: 2, script: always('XML error page with 200') },
  'an HTML login page': { weight: 2, script: always('HTML login page with 200') },
  empty: { weight: 2, script: always('empty') },
  gone: { weight: 2, script: always('410') },
} as const satisfies Record<string, { weight: number; script: MediaScript }>;

type ScriptName = keyof typeof SCRIPTS;
const weights = Object.fromEntries(Object.entries(SCRIPTS).map(([name, { weight }]) => [name, weight])) as Record<
  ScriptName,
  number
>; // the same keys

export const throwMediaScript = (dice: Dice): MediaScript => SCRIPTS[dice.weighted(weights)].script;
