import { readFileSync, writeFileSync } from 'node:fs';
import { type Measured, measureMainJob } from './cost/main-job.ts';
import { costPage } from './cost/page.ts';
import prices from './cost/prices.json' with { type: 'json' };
import { stackFacts } from './cost/stack.ts';

// `npm run cost` measures and writes docs/cost.md; with `-- --page` it takes what was measured last.
const measuredFile = new URL('cost/measured.json', import.meta.url);
const page = new URL('../docs/cost.md', import.meta.url);

if (!process.argv.includes('--page')) {
  writeFileSync(measuredFile, `${JSON.stringify(await measureMainJob(), null, 2)}\n`);
  console.log('bench/cost/measured.json is written');
}
const measured = JSON.parse(readFileSync(measuredFile, 'utf8')) as Measured; // as it was written above, or the last time
writeFileSync(page, costPage(measured, stackFacts(), prices));
console.log('docs/cost.md is written');
