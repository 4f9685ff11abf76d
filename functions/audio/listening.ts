import type { AudioRules } from '../core/model/audio.ts';

/** How much sound is heard before a recording is refused; `tooLong` is the reason then. */
export type Listening = Pick<AudioRules, 'maxSeconds'> & { tooLong?: string };
