import type { Results } from './figure.ts';
import { goalText, isReached, numberText, ratioOf, TABLE, valuesText } from './table.ts';

const [BEGIN, END] = ['<!-- figures: written by npm run bench -->', '<!-- /figures -->'];

/** The rows of the README's short form. */
const SHORT: readonly string[] = ['ackRate', 'memoSmall', 'memoLarge', 'burstSmall', 'stormP99', 'requestsPerMemo'];

/**
 * The README with the short form of the figures between its two marks.
 * @throws if the README does not have the marks
 */
export const withFigures = (readme: string, { figures, short }: Results): string => {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md does not have the marks ${BEGIN} and ${END}`);
  const lines = TABLE.filter(({ id }) => SHORT.includes(id)).flatMap((row) => {
    const figure = figures[row.id];
    if (!figure) return [];
    const { floor } = figure;
    const ratio = ratioOf(figure);
    const beside = floor ? `${numberText(floor.median)} ${row.unit}` : '';
    const ours = `${numberText(figure.ours.median)} ${row.unit}`.trim();
    return `| ${row.what} | ${beside} | ${ours}${ratio === undefined ? '' : ` (${numberText(ratio)} ×)`} |`;
  });
  const table = short
    ? [BEGIN, 'The last run was a short one: [docs/figures.md](docs/figures.md).']
    : [BEGIN, '| two cores, all servers on them | floor | Aftercall |', '| --- | ---: | ---: |', ...lines];
  return `${readme.slice(0, begin)}${table.join('\n')}\n${readme.slice(end)}`;
};

/** These are the same in a short run. */
const EXACT: readonly string[] = ['requestsPerMemo', 'writeUnitsPerMemo', 'evaluatedKilobytes'];

/** The cells of one row of docs/figures.md. */
export const cellsOf = (row: (typeof TABLE)[number], { figures, short }: Results): string[] => {
  const figure = figures[row.id];
  if (!figure) return [row.what, '', 'not measured', '', goalText(row)];
  const ratio = ratioOf(figure);
  const reached = short && !EXACT.includes(row.id) ? undefined : isReached(row, figure);
  const mark = reached === undefined ? '' : reached ? ', reached' : ', **not reached**';
  return [
    row.what,
    figure.floor ? valuesText(figure.floor, row.unit) : '',
    valuesText(figure.ours, row.unit),
    ratio === undefined ? '' : `${numberText(ratio)} ×`,
    goalText(row) + mark,
  ];
};
