import type { Simulator } from './simulator.ts';

const SWEEP_MS = 5 * 60_000;
interface RunOptions {
  endMs: number;
  /** A world that needs more events than this goes on for ever. */
  maxEvents: number;
  isIdle: () => boolean;
  /** When `tend` would next find a row that has lost its message. */
  dueMs: () => Promise<number>;
  sweep: () => void;
}

/**
 * Runs event after event, with the scheduled sweeps between them. Skips the sweeps that would find nothing.
 */
export const runEvents = async (
  sim: Simulator,
  { endMs, maxEvents, isIdle, dueMs, sweep }: RunOptions,
): Promise<boolean> => {
  const settle = async () => {
    do await new Promise((resolve) => setImmediate(resolve));
    while (!isIdle());
  };
  let nextSweepMs = sim.nowMs() + SWEEP_MS;
  for (let events = 0; events < maxEvents; events += 1) {
    await settle();
    const nextMs = sim.nextMs() ?? Number.POSITIVE_INFINITY;
    if (nextMs > nextSweepMs) {
      const usefulMs = Math.max(nextSweepMs, Math.ceil((await dueMs()) / SWEEP_MS) * SWEEP_MS);
      if (usefulMs < nextMs && usefulMs < endMs) {
        sim.jumpTo(usefulMs);
        nextSweepMs = usefulMs + SWEEP_MS;
        sweep();
        continue;
      }
      if (Number.isFinite(nextMs)) nextSweepMs = Math.max(nextSweepMs, Math.ceil(nextMs / SWEEP_MS) * SWEEP_MS);
    }
    if (nextMs > endMs) return true;
    sim.step();
  }
  return false;
};
