/** Makes test sound, and measures sound. */

/** A tone that begins at a zero crossing; `peak` is a fraction of full scale. */
export const sine = (hertz: number, sampleRate: number, frames: number, peak = 1): Float32Array =>
  Float32Array.from({ length: frames }, (_, n) => peak * Math.sin((2 * Math.PI * hertz * n) / sampleRate));

export const joined = (blocks: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(blocks.reduce((frames, block) => frames + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
};

/** The sound in blocks that end at `ends`, in any order; a place listed twice gives an empty block. */
export const split = (sound: Float32Array, ends: readonly number[]): Float32Array[] => {
  const edges = [0, ...ends.map((end) => Math.min(end, sound.length)).sort((a, b) => a - b), sound.length];
  return edges.slice(1).map((end, n) => sound.subarray(edges[n], end));
};

/** The whole output of a stage that gets these blocks and is then flushed. */
export const through = (
  stage: { push(block: Float32Array): Float32Array; flush(): Float32Array },
  blocks: readonly Float32Array[],
): Float32Array => joined([...blocks.map((block) => stage.push(block).slice()), stage.flush()]);

/** Root mean square, in dB of full scale. */
export const levelDb = (sound: Float32Array): number =>
  10 * Math.log10(sound.reduce((sum, value) => sum + value ** 2, 0) / sound.length);

export const peakOf = (sound: Float32Array): number =>
  sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Without the first and last tenth, where a filter meets the silence around the sound. */
export const middle = (sound: Float32Array): Float32Array =>
  sound.subarray(Math.ceil(sound.length * 0.1), Math.floor(sound.length * 0.9));

export const minus = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, n) => value - (b[n] ?? 0));
