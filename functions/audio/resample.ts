/** Zero crossings of the filter on each side. More crossings make a steeper slope. */
const CROSSINGS = 8;
/** The window's side lobes lie 60 dB down, as far as a telephone's noise. */
const KAISER_BETA = 5.65;
/**
 * For a lower sample rate: the middle of the slope, at −6 dB, as a part of the new Nyquist frequency. The slope runs
 * from 0.71 to 1.13. For a higher rate, the middle is the source's Nyquist frequency, so its values stay unchanged.
 */
const PASS = 0.92;

export interface Resampler {
  /**
   * Returns the complete sound, valid until the next call. The end of a block waits for the start of the next block.
   */
  push(block: Float32Array): Float32Array;
  flush(): Float32Array;
}

/**
 * Changes the sample rate of mono sound by a windowed-sinc filter in phases. Mediabunny's own resampler interpolates
 * linearly, which would fold the hiss of a wide-band call down into its speech.
 * @param from rate of the pushed sound, in hertz, a whole number
 * @param to rate of the returned sound, in hertz, a whole number
 */
export const resampler = (from: number, to: number): Resampler => {
  if (from === to) return { push: (block) => block, flush: () => new Float32Array() };
  const shared = divisor(from, to);
  const [step, phases] = [from / shared, to / shared];
  const { filters, taps } = lowPass(from, to, phases);

  // The sound that the filter still needs; it begins with the silence before the first sample. All blocks use the same
  // array. It holds doubles, whose sums need no conversion.
  let sound = new Float64Array(taps);
  let out = new Float32Array();
  let pending = taps / 2 - 1;
  let phase = 0;
  /** For a higher rate, the source's own values stay unchanged among the new values. */
  const keeps = to > from;

  const run = (block: Float32Array): Float32Array => {
    const length = pending + block.length;
    if (sound.length < length) {
      const larger = new Float64Array(length);
      larger.set(sound.subarray(0, pending));
      sound = larger;
    }
    sound.set(block, pending);
    const ready = Math.max(0, Math.ceil(((length - taps + 1) * phases - phase) / step));
    if (out.length < ready) out = new Float32Array(ready);
    let at = 0;
    for (let n = 0; n < ready; n += 1) {
      let [sum, odd] = [0, 0];
      if (keeps && phase === 0) sum = sound[at + taps / 2 - 1] as number;
      else
        for (let tap = phase * taps, from = at, end = tap + taps; tap < end; tap += 2, from += 2) {
          sum += (sound[from] as number) * (filters[tap] as number);
          odd += (sound[from + 1] as number) * (filters[tap + 1] as number);
        }
      out[n] = sum + odd;
      phase += step;
      while (phase >= phases) {
        phase -= phases;
        at += 1;
      }
    }
    sound.copyWithin(0, at, length);
    pending = length - at;
    return out.subarray(0, ready);
  };

  return { push: run, flush: () => run(new Float32Array(taps / 2)) };
};

/** One row of taps per phase, each summing to one. */
const lowPass = (from: number, to: number, phases: number) => {
  const cutoff = to > from ? 1 : (PASS * to) / from;
  const half = Math.ceil(CROSSINGS / cutoff);
  const taps = 2 * half;
  const filters = new Float64Array(phases * taps);
  for (let phase = 0; phase < phases; phase += 1) {
    const row = filters.subarray(phase * taps, (phase + 1) * taps);
    for (let tap = 0; tap < taps; tap += 1) {
      const distance = tap - (half - 1) - phase / phases;
      row[tap] = sinc(cutoff * distance) * kaiser(distance / half);
    }
    const sum = row.reduce((total, tap) => total + tap, 0);
    for (let tap = 0; tap < taps; tap += 1) row[tap] = (row[tap] as number) / sum;
  }
  return { filters, taps };
};

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const kaiser = (x: number): number =>
  Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);

/** The modified Bessel function of order zero, by its power series. */
const bessel = (x: number): number => {
  let [sum, term] = [1, 1];
  for (let n = 1; term > 1e-12 * sum; n += 1) {
    term *= (x / (2 * n)) ** 2;
    sum += term;
  }
  return sum;
};

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
