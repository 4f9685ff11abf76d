import type { AudioRules } from '../core/model/audio.ts';

/** How much sound is decoded at most; `tooLong` is the reason of the refusal. */
export type Listening = Pick<AudioRules, 'maxSeconds'> & { tooLong?: string };
