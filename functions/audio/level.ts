/** What a phone's loudspeaker wants of speech, in LUFS; half of broadcast's headroom. */
const TARGET_LUFS = -16;
/** More would raise the hiss of a bad line with the voice. */
const MAX_GAIN_DB = 20;
/** Below full scale, so that a lossy encoder's ripples still fit. */
const CEILING = 10 ** (-1 / 20);
const LOOK_AHEAD_SECONDS = 0.005;
const RELEASE_SECONDS = 0.1;

/** The gain that brings a measured loudness to the target; 0 for silence and for what is near enough. */
export const gainFor = (lufs: number): number => {
  const db = Math.min(MAX_GAIN_DB, TARGET_LUFS - lufs);
  return Number.isFinite(lufs) && Math.abs(db) >= 1 ? db : 0;
};

/**
 * Amplifies mono sound and holds its peaks under −1 dB: the gain bends down ahead of a peak and comes back after it.
 * What comes out lags behind by the look-ahead; `flush` gives the rest.
 */
export const leveller = (gainDb: number, sampleRate: number) => {
  const gain = 10 ** (gainDb / 20);
  const ahead = Math.max(1, Math.round(LOOK_AHEAD_SECONDS * sampleRate));
  const release = Math.exp(-1 / (RELEASE_SECONDS * sampleRate));
  const delayed = ring(ahead, 0);
  // The least gain that any coming sample asks for, and then its mean: a slope that is down when the peak is due.
  const asked = ring(ahead + 1, 1);
  const slope = ring(ahead, 1);
  let [seen, least, held, sum] = [0, 1, 1, ahead];

  const push = (block: Float32Array): Float32Array => {
    const out = new Float32Array(block.length);
    for (let n = 0; n < block.length; n += 1) {
      const coming = (block[n] as number) * gain;
      const asks = Math.abs(coming) > CEILING ? CEILING / Math.abs(coming) : 1;
      const gone = asked.swap(asks);
      if (asks <= least) least = asks;
      else if (gone <= least) least = asked.least();
      held = least < held ? least : least + (held - least) * release;
      sum += held - slope.swap(held);
      out[n] = delayed.swap(coming) * (sum / ahead);
    }
    const lag = Math.min(out.length, Math.max(0, ahead - seen));
    seen += block.length;
    return out.subarray(lag);
  };
  return { push, flush: () => push(new Float32Array(ahead)) };
};

/** The last so many values; a new one pushes the oldest out. */
const ring = (length: number, initial: number) => {
  const values = new Float64Array(length).fill(initial);
  let at = 0;
  return {
    swap(value: number): number {
      const oldest = values[at] as number;
      values[at] = value;
      at = (at + 1) % length;
      return oldest;
    },
    least: () => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  };
};
