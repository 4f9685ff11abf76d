import { html } from 'hono/html';
import type { dayFigures } from '../../core/observe/day-figures.ts';
import { counted } from './format.ts';
import type { Html } from './layout.ts';

type Days = Awaited<ReturnType<ReturnType<typeof dayFigures>>>;
type Day = Days[number];

/** How many days the chart shows. */
export const DAYS = 21;

/** Units of the drawing: a bar with its gap, the height of the bars, and the height of the times below them. */
const STEP = 20;
const BAR = 14;
const HEIGHT = 72;

/** From the bottom to the top of a bar. The class gives the colour. */
const PARTS = ['delivered', 'skipped', 'waiting', 'failed'] as const;

/**
 * The chart of the days: a bar for each day, and the day's figures as a link to its memos. Sizes are attributes, because the
 * Content-Security-Policy forbids inline styles. For readers who do not see the chart there is a table.
 */
export const daysView = (days: Days): Html | undefined => {
  if (days.every(({ figures }) => !figures || figures.memos === 0)) return undefined;
  const most = Math.max(1, ...days.map(({ figures }) => figures?.memos ?? 0));
  return html`<section id="days" class="card days" data-live aria-labelledby="days-title">
  <h2 id="days-title" class="unseen">The last ${days.length} days</h2>
  ${today(days.at(-1))}
  <p class="legend" aria-hidden="true">${LEGEND.map((name) => html`<span class="${name}">${name}</span> `)}</p>
  <div class="chart">
    <p class="scale" aria-hidden="true">${most}</p>
    <svg viewBox="0 0 ${days.length * STEP} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${days.map((day, index) => bar(day, index, most))}</svg>
    <ol class="axis">${days.map((day) => tick(day))}</ol>
  </div>
</section>`;
};

const LEGEND = ['delivered', 'failed', 'waiting', 'skipped'] as const;

const bar = ({ figures }: Day, index: number, most: number): Html => {
  const x = index * STEP + (STEP - BAR) / 2;
  if (!figures) return html`<rect class="unknown" x="${x}" y="${HEIGHT - 2}" width="${BAR}" height="2"></rect>`;
  let y = HEIGHT;
  const rects = PARTS.filter((part) => figures[part] > 0).map((part) => {
    // One failed memo among hundreds must be seen.
    const height = Math.max(2, (figures[part] / most) * (HEIGHT - 6));
    y -= height;
    return html`<rect class="${part}" x="${x}" y="${y.toFixed(1)}" width="${BAR}" height="${height.toFixed(1)}"></rect>`;
  });
  return html`<g>${rects}</g>`;
};

/** The link lies over the bar. Its title is its name for screen readers too. */
const tick = (day: Day): Html =>
  html`<li><a href="/?since=${day.day}&amp;until=${day.day}" title="${inWords(day)}"><span aria-hidden="true">${Number(day.day.slice(8))}</span></a></li>`;

const inWords = ({ day, figures }: Day): string => {
  if (!figures) return `${day}: not counted yet`;
  const { memos, medianSeconds, cut } = figures;
  const parts = PARTS.filter((part) => figures[part] > 0).map((part) => `${figures[part]} ${part}`);
  const time = medianSeconds === undefined ? [] : [`${duration(medianSeconds)} to delivered`];
  return `${day}: ${cut ? 'the newest ' : ''}${[counted(memos, 'memo'), ...parts, ...time].join(', ')}`;
};

/** Today in figures: what most readers come for. */
const today = (day: Day | undefined): Html | undefined => {
  const figures = day?.figures;
  if (!figures) return undefined;
  const { memos, delivered, waiting, failed, skipped, medianSeconds } = figures;
  const facts: [string, string | number][] = [
    ['today (UTC)', memos],
    ['delivered', delivered],
    ['waiting', waiting],
    ['failed', failed],
    ['skipped', skipped],
    ['to delivered', medianSeconds === undefined ? '–' : duration(medianSeconds)],
  ];
  return html`<dl class="today">${facts.map(
    ([name, value]) =>
      html`<div${name === 'failed' && failed > 0 ? html` class="some"` : ''}><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
};

/** `4 s`, `3 min`, `5 h`. */
const duration = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
};
