import type { Variant } from '../flow/world.ts';
import { type Figure, valuesOf } from '../report/figure.ts';

export interface BenchOptions {
  /** Fewer runs and smaller inputs: shows that each figure can be taken. */
  short: boolean;
  /** Rows of the full ledger. */
  rows: number;
}

/** Measures some figures, by their ids in `report/table.ts`. */
export type Row = (options: BenchOptions) => Promise<Record<string, Figure>>;

/**
 * Runs the variants in turn and then in reverse, so that a machine that grows slower favours none.
 * @param run the values of one run in fresh processes, by the id of their figure
 */
export const floorAndOurs = async (
  { short }: BenchOptions,
  run: (variant: Variant) => Promise<Record<string, readonly number[]>>,
): Promise<Record<string, Figure>> => {
  const order: Variant[] = short ? ['floor', 'ours'] : ['floor', 'ours', 'ours', 'floor'];
  const values: Record<string, Record<Variant, number[]>> = {};
  for (const variant of order)
    for (const [id, numbers] of Object.entries(await run(variant))) {
      values[id] ??= { floor: [], ours: [] };
      values[id][variant].push(...numbers);
    }
  return Object.fromEntries(
    Object.entries(values).map(([id, { floor, ours }]) => [id, { floor: valuesOf(floor), ours: valuesOf(ours) }]),
  );
};

/** Figures without a floor. */
export const oursAlone = (values: Readonly<Record<string, readonly number[]>>): Record<string, Figure> =>
  Object.fromEntries(Object.entries(values).map(([id, numbers]) => [id, { ours: valuesOf(numbers) }]));
