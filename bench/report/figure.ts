/** The values of one figure: one for each run, or one for each event of the runs. */
export interface Values {
  median: number;
  min: number;
  max: number;
  count: number;
}

/** What one row of the table measured. */
export interface Figure {
  ours: Values;
  /** The same work with nothing of ours in it. */
  floor?: Values;
}

export interface Results {
  date: string;
  /** `--short`: fewer runs and smaller inputs, which only show that each figure can be taken. */
  short: boolean;
  machine: { processor: string; cores: number; node: string };
  /** Linux's load average of one minute: before the run, without the run's own work. */
  load: number;
  /** How many rows "many memos" are. */
  rows: number;
  seconds: number;
  figures: Record<string, Figure>;
}

export const valuesOf = (numbers: readonly number[]): Values => {
  if (numbers.length === 0) throw new Error('nothing was measured');
  const sorted = [...numbers].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0, count: sorted.length };
};

/** @param part 0.99 for p99 */
export const quantile = (numbers: readonly number[], part: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))] ?? Number.NaN;
