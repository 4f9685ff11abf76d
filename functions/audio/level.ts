/** The loudness of speech that suits a phone's loudspeaker, in LUFS. */
const TARGET_LUFS = -16;
/** A larger gain would also raise the hiss of a bad line. */
const MAX_GAIN_DB = 20;
/** Below full scale, so that the overshoot of a lossy encoder still fits. */
const CEILING = 10 ** (-1 / 20);
const LOOK_AHEAD_SECONDS = 0.005;
const RELEASE_SECONDS = 0.1;

/** The gain from a measured loudness to the target; 0 for silence, and where the loudness is near enough. */
export const gainFor = (lufs: number): number => {
  const db = Math.min(MAX_GAIN_DB, TARGET_LUFS - lufs);
  return Number.isFinite(lufs) && Math.abs(db) >= 1 ? db : 0;
};

/**
 * Amplifies mono sound and keeps its peaks below −1 dB: the gain falls before a peak and rises again after it. The
 * output is delayed by the look-ahead; `flush` returns the rest.
 */
export const leveller = (gainDb: number, sampleRate: number) => {
  const gain = 10 ** (gainDb / 20);
  const ahead = Math.max(1, Math.round(LOOK_AHEAD_SECONDS * sampleRate));
  const release = Math.exp(-1 / (RELEASE_SECONDS * sampleRate));
  const delayed = ring(ahead, 0);
  // Sliding minimum of the required gain over the look-ahead, then a moving average.
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

/** A ring of the last values: a new value replaces the oldest. */
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
