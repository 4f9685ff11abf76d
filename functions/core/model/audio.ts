/** Linq's cap for a voice memo (its reference says 10 MB without saying which; this is the smaller reading). */
export const MAX_MEMO_BYTES = 10_000_000;

/** What a file of sound is, by its content alone. */
export interface AudioFacts {
  /** MIME type. */
  type: string;
  bytes: number;
  /** `pcm-s16`, `ulaw`, `aac`, `opus` …; absent where the container does not say. */
  codec?: string;
  /** Hertz. */
  sampleRate?: number;
  channels?: number;
  seconds?: number;
}

/** Audio in our bucket that Linq takes as it is. */
export interface Audio extends AudioFacts {
  /** S3 key; its basename is the memo id and the true extension. */
  key: string;
  /** Peaks of equal slices in percent of full scale, for a page to draw; absent where the sound was not decoded. */
  waveform?: number[];
}

/** What was done to a recording so that it plays as a memo. */
export interface Fitting {
  done: 'passed' | 'remuxed' | 'converted';
  /** Why it was not passed as it is. */
  reason?: string;
  /** What a listener should know: that the recording ends early, say. */
  notes?: string[];
  /** Which engine decoded it. */
  engine?: 'built-in' | 'ffmpeg';
  ms: number;
}

/** A long recording arrives as several memos, in order. */
export interface Part {
  number: number;
  of: number;
}

/** Which recordings a bridge sends; every field has a default. */
export interface AudioRules {
  /** A shorter recording is rejected: a caller who hung up. */
  minSeconds: number;
  /** A longer one is rejected. */
  maxSeconds: number;
  maxSourceBytes: number;
}

export const AUDIO_RULES: Readonly<AudioRules> = {
  minSeconds: 0.5,
  maxSeconds: 6 * 60 * 60,
  maxSourceBytes: 2_000_000_000,
};

/** How the reason begins where the second engine knows a format, and may not open it. */
export const NOT_TAKEN = 'its format is none of those that are taken';
