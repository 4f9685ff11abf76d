import type { AudioFacts, AudioRules, Fitting } from '../core/model/audio.ts';
import type { AudioDecoder, AudioFile, FittedPart } from '../core/ports/ports.ts';
import type { Engine } from './engine.ts';
import type { Naming } from './formats.ts';
import type { Probed } from './probe.ts';

/** One recording on its way, and who works on it. */
export interface Job<Kept> {
  file: AudioFile;
  probe: Probed;
  engine: Engine;
  ffmpeg: AudioDecoder | undefined;
  rules: AudioRules;
  keep(part: FittedPart): Promise<Kept>;
  lease: AbortSignal;
}

/** What came of following a plan; how long it took is added by whoever knows when it began. */
type Done = Omit<Fitting, 'ms'>;
export type Outcome<Kept> = { original?: Partial<AudioFacts>; fitting: Done } & (
  | { parts: Kept[] }
  | { passAs: Naming }
);
