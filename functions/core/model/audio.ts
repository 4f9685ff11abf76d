/** Linq's limit for a voice memo. Its reference says 10 MB, which has two meanings; this is the smaller one. */
export const MAX_MEMO_BYTES = 10_000_000;

/** The properties of an audio file, by its content alone. */
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

/** Audio in our bucket that Linq accepts as it is. */
export interface Audio extends AudioFacts {
  /** S3 key; its basename is the memo id and the true extension. */
  key: string;
  /** Peaks of equal slices in percent of full scale, for a page to draw; absent where the sound was not decoded. */
  waveform?: number[];
}

/** How a recording was made to play as a memo. */
export interface Fitting {
  done: 'passed' | 'remuxed' | 'converted';
  /** Why the recording was not passed on as it is. */
  reason?: string;
  /** Facts for the listener, such as a recording that ends early. */
  notes?: string[];
  /** The engine that decoded the recording. */
  engine?: 'built-in' | 'ffmpeg';
  ms: number;
}

/** A long recording arrives as several memos, in order. */
export interface Part {
  number: number;
  of: number;
}

/** The limits of what a bridge sends. Every field has a default. */
export interface AudioRules {
  /** A shorter recording is rejected: the caller hung up at once. */
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

/** The beginning of the reason where the second engine knows a format but is not allowed to open it. */
export const NOT_TAKEN = 'its format is none of those that are taken';
