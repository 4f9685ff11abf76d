/** Integrated loudness of mono sound as ITU-R BS.1770-4 measures it. */
export interface LoudnessMeter {
  push(block: Float32Array): void;
  /** In LUFS; −Infinity where all of it lies below the absolute gate. */
  integrated(): number;
}

const ABSOLUTE_GATE = -70;
const RELATIVE_GATE = -10;

export const loudnessMeter = (sampleRate: number): LoudnessMeter => {
  const [shelf, highPass] = [biquad(headShelf(sampleRate)), biquad(rumbleCut(sampleRate))];
  // Blocks of 400 ms, each beginning 100 ms after the last: four quarters of energy at a time.
  const quarterFrames = Math.round(sampleRate / 10);
  const quarters: number[] = [];
  const before = { energy: 0, frames: 0 };
  return {
    push(block) {
      let { energy, frames } = before;
      for (let n = 0; n < block.length; n += 1) {
        energy += highPass(shelf(block[n] as number)) ** 2;
        frames += 1;
        if (frames === quarterFrames) {
          quarters.push(energy / quarterFrames);
          energy = 0;
          frames = 0;
        }
      }
      Object.assign(before, { energy, frames });
    },
    integrated() {
      const blocks = quarters.slice(3).map((_, n) => mean(quarters.slice(n, n + 4)));
      const audible = blocks.filter((block) => lufs(block) > ABSOLUTE_GATE);
      const gate = lufs(mean(audible)) + RELATIVE_GATE;
      return lufs(mean(audible.filter((block) => lufs(block) > gate)));
    },
  };
};

const lufs = (energy: number): number => -0.691 + 10 * Math.log10(energy);

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

type Coefficients = { b: readonly [number, number, number]; a: readonly [number, number] };

/** The standard's two filters, which it gives for 48 kHz alone, as the analogue designs behind them. */
const headShelf = (sampleRate: number): Coefficients => {
  const [gain, q, k] = [10 ** (3.999843853973347 / 20), 0.7071752369554196, prewarped(1681.974450955533, sampleRate)];
  const middle = gain ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return {
    b: [(gain + (middle * k) / q + k * k) / a0, (2 * (k * k - gain)) / a0, (gain - (middle * k) / q + k * k) / a0],
    a: [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0],
  };
};
const rumbleCut = (sampleRate: number): Coefficients => {
  const [q, k] = [0.5003270373238773, prewarped(38.13547087602444, sampleRate)];
  const a0 = 1 + k / q + k * k;
  return { b: [1, -2, 1], a: [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0] };
};
/** Of a filter that lies above what a low rate holds: past the tangent's pole it would be unstable. */
const prewarped = (hertz: number, sampleRate: number): number => Math.tan(Math.PI * Math.min(0.49, hertz / sampleRate));

const biquad = ({ b: [b0, b1, b2], a: [a1, a2] }: Coefficients) => {
  // Not two variables: V8 makes an object of every fraction that a closure's variable is given, and there is one a
  // sample.
  const z = new Float64Array(2) as Float64Array & { 0: number; 1: number };
  return (x: number): number => {
    const y = b0 * x + z[0];
    z[0] = b1 * x - a1 * y + z[1];
    z[1] = b2 * x - a2 * y;
    return y;
  };
};
