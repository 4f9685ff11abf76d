import type { AudioFacts } from '../core/model/audio.ts';
import type { PcmLayout } from './pcm.ts';

/** The facts in a file's header. */
export interface Header extends Pick<AudioFacts, 'codec' | 'sampleRate' | 'channels'> {
  /** The length of the bytes that exist. */
  seconds?: number;
  promisedSeconds?: number;
  /** Whether every field of the header is right. */
  sizesTrue: boolean;
  /** The number of frames, where every frame is a pause. */
  pauses?: number;
  /** The layout of uncompressed samples. */
  pcm?: PcmLayout;
}
