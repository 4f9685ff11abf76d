import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Figure, Results } from './report/figure.ts';
import { figuresPage } from './report/page.ts';
import { drawPlots } from './report/plots.ts';
import { withFigures } from './report/readme.ts';
import { goalText, isReached, numberText, ratioOf, TABLE, valuesText } from './report/table.ts';
import { acknowledgement } from './rows/acknowledgement.ts';
import { coldStarts } from './rows/cold-start.ts';
import { counts } from './rows/counts.ts';
import { fullLedger } from './rows/full-ledger.ts';
import { longCalls } from './rows/long-calls.ts';
import { memory } from './rows/memory.ts';
import { memos } from './rows/memos.ts';
import type { Row } from './rows/row.ts';
import { storm } from './rows/storm.ts';

// `npm run bench`: measures every figure, prints the table, and writes bench/results.json, the plots, docs/figures.md and
// the README's short form. `-- --short`: fewer runs and smaller inputs; prints, and writes only with
// `--write`. `-- --only storm`: one measurement, printed alone. `-- --rows 1000000`: how many rows the full ledger has. `-- --page`: writes the pages
// from the last results.
const ROWS: Readonly<Record<string, Row>> = {
  acknowledgement,
  memos,
  storm,
  counts,
  coldStarts,
  memory,
  longCalls,
  fullLedger,
};
const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    only: { type: 'string' },
    rows: { type: 'string', default: '20000' },
  },
});
const file = new URL('results.json', import.meta.url);

if (options.page) {
  writePages(JSON.parse(readFileSync(file, 'utf8')));
  process.exit();
}
const results = await measure();
print(results);
if (options.only === undefined && (options.write || !options.short)) {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  await drawPlots(results);
  writePages(results);
}
process.exit();

async function measure(): Promise<Results> {
  const begun = performance.now();
  const [load = Number.NaN] = loadavg();
  const figures: Record<string, Figure> = {};
  for (const [name, row] of Object.entries(ROWS)) {
    if (options.only !== undefined && options.only !== name) continue;
    const started = performance.now();
    Object.assign(figures, await row({ short: options.short, rows: Number(options.rows) }));
    console.log(`${name}: measured in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 16),
    short: options.short,
    machine: { processor: cores[0]?.model ?? '', cores: cores.length, node: process.version },
    load,
    rows: Number(options.rows),
    seconds: Math.round((performance.now() - begun) / 1000),
    figures,
  };
}

function print({ figures }: Results) {
  for (const row of TABLE) {
    const figure = figures[row.id];
    if (!figure) continue;
    const ratio = ratioOf(figure);
    const reached = isReached(row, figure);
    const against = figure.floor ? `floor ${valuesText(figure.floor, row.unit)}, ${numberText(ratio ?? 0)} ×` : '';
    const goal = row.goal ? `${goalText(row)}${reached ? ' ✓' : ' ✗'}` : '';
    console.log(`${row.what.padEnd(84)} ${valuesText(figure.ours, row.unit).padEnd(30)} ${against.padEnd(44)} ${goal}`);
  }
}

function writePages(written: Results) {
  const [page, readme] = [new URL('../docs/figures.md', import.meta.url), new URL('../README.md', import.meta.url)];
  writeFileSync(page, figuresPage(written));
  writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), written));
  console.log('docs/figures.md and the figures of README.md are written');
}
