import { readFileSync, writeFileSync } from 'node:fs';
import { type Measured, measureMainJob } from './cost/main-job.ts';
import { costPage } from './cost/page.ts';
import prices from './cost/prices.json' with { type: 'json' };
import { withCosts } from './cost/readme.ts';
import { stackFacts } from './cost/stack.ts';

// `npm run cost` measures, and writes docs/cost.md and the README's table. With `-- --page`, it writes both from the
// last measurement.
const measuredFile = new URL('cost/measured.json', import.meta.url);
const page = new URL('../docs/cost.md', import.meta.url);
const readme = new URL('../README.md', import.meta.url);

if (!process.argv.includes('--page')) {
  writeFileSync(measuredFile, `${JSON.stringify(await measureMainJob(), null, 2)}\n`);
  console.log('bench/cost/measured.json is written');
}
const measured = JSON.parse(readFileSync(measuredFile, 'utf8')) as Measured; // written above, or in an earlier run
const stack = stackFacts();
writeFileSync(page, costPage(measured, stack, prices));
writeFileSync(readme, withCosts(readFileSync(readme, 'utf8'), measured, stack, prices.prices));
console.log('docs/cost.md and the table of README.md are written');
