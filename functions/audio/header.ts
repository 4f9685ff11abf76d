import type { AudioFacts } from '../core/model/audio.ts';
import type { PcmLayout } from './pcm.ts';

/** What a header says of the sound behind it, and how long it promises that to be. */
export interface Header extends Pick<AudioFacts, 'codec' | 'sampleRate' | 'channels'> {
  /** As long as the bytes that are there. */
  seconds?: number;
  promisedSeconds?: number;
  /** Whether every field of it is true to the file. */
  sizesTrue: boolean;
  /** Every frame says that nothing was sent. */
  pauses?: boolean;
  /** Where uncompressed samples stand. */
  pcm?: PcmLayout;
}
