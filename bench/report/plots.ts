import { mkdirSync, writeFileSync } from 'node:fs';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Results } from './figure.ts';
import { ratioOf, TABLE } from './table.ts';

const folder = new URL('../../docs/figures/', import.meta.url);
const THEMES = {
  light: { text: '#1f2328', grid: '#d1d9e0', ours: '#0969da', goal: '#bc4c00' },
  dark: { text: '#f0f6fc', grid: '#3d444d', ours: '#4493f8', goal: '#f0883e' },
} as const;
type Theme = (typeof THEMES)[keyof typeof THEMES];

/** Writes the plots of docs/figures.md as SVG, for a light and a dark page. */
export const drawPlots = async (results: Results): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  for (const [name, theme] of Object.entries(THEMES))
    for (const [plot, spec] of Object.entries({ ratios: ratios(results, theme), memory: memory(results, theme) })) {
      const view = new View(parse(compile(spec).spec), { renderer: 'none' });
      writeFileSync(new URL(`${plot}-${name}.svg`, folder), `${await view.toSVG()}\n`);
      view.finalize();
    }
};

const styled = ({ text, grid }: Theme): Pick<TopLevelSpec, '$schema' | 'background' | 'config'> => ({
  background: 'transparent',
  config: {
    axis: { labelColor: text, titleColor: text, gridColor: grid, domainColor: grid, tickColor: grid, labelLimit: 420 },
    view: { stroke: null },
    font: 'sans-serif',
  },
});

const ratios = ({ figures }: Results, theme: Theme): TopLevelSpec => {
  const values = TABLE.flatMap((row) => {
    const ratio = figures[row.id] && ratioOf(figures[row.id] as Results['figures'][string]); // present, as just seen
    const goal = row.goal?.of === 'ratio' ? row.goal.bound : undefined;
    return ratio === undefined ? [] : [{ what: row.what.replaceAll('`', ''), ratio, goal }];
  });
  const y = { field: 'what', type: 'nominal', sort: null, title: null } as const;
  return {
    ...styled(theme),
    width: 360,
    data: { values },
    layer: [
      {
        mark: { type: 'bar', color: theme.ours, height: 12 },
        encoding: { y, x: { field: 'ratio', type: 'quantitative', title: 'ours ÷ floor; the mark is the goal' } },
      },
      {
        mark: { type: 'tick', color: theme.goal, thickness: 3 },
        encoding: { y, x: { field: 'goal', type: 'quantitative' } },
      },
    ],
  };
};

const MEMORY: readonly string[] = ['passSmall', 'passLarge', 'spoolSmall', 'spoolLarge', 'convertShort', 'convertLong'];

const memory = ({ figures }: Results, theme: Theme): TopLevelSpec => ({
  ...styled(theme),
  width: 360,
  data: {
    values: TABLE.filter(({ id }) => MEMORY.includes(id)).map(({ id, what }) => ({
      what,
      peak: figures[id]?.ours.median,
    })),
  },
  mark: { type: 'bar', color: theme.ours, height: 12 },
  encoding: {
    y: { field: 'what', type: 'nominal', sort: null, title: null },
    x: { field: 'peak', type: 'quantitative', title: 'MB' },
  },
});
