import type { AudioFacts, AudioRules, Fitting } from '../core/model/audio.ts';
import type { AudioDecoder, AudioFile, FittedPart } from '../core/ports/ports.ts';
import type { Engine } from './engine.ts';
import type { Naming } from './formats.ts';
import type { Probed } from './probe.ts';

/** A recording, and the engines and rules for the work on it. */
export interface Job<Kept> {
  file: AudioFile;
  probe: Probed;
  engine: Engine;
  ffmpeg: AudioDecoder | undefined;
  rules: AudioRules;
  keep(part: FittedPart): Promise<Kept>;
  lease: AbortSignal;
}

/** The result of a plan. The caller, which knows when the work began, adds the milliseconds. */
type Done = Omit<Fitting, 'ms'>;
export type Outcome<Kept> = { original?: Partial<AudioFacts>; fitting: Done } & (
  | { parts: Kept[] }
  | { passAs: Naming }
);
