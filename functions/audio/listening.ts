import type { AudioRules } from '../core/model/audio.ts';

/** Which channel is decoded, and how much sound at most; `tooLong` is the reason of the refusal. */
export type Listening = Pick<AudioRules, 'channel' | 'maxSeconds'> & { tooLong?: string };
