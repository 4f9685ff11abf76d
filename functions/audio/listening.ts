import type { AudioRules } from '../core/model/audio.ts';

/** Which sound is heard, and how much of it before it is refused; `tooLong` is the reason then. */
export type Listening = Pick<AudioRules, 'channel' | 'maxSeconds'> & { tooLong?: string };
