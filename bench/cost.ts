import { readFileSync, writeFileSync } from 'node:fs';
import { measureArrivals } from './cost/arrivals.ts';
import { type Measured, measureMainJob, withTimesOf } from './cost/main-job.ts';
import { costPage } from './cost/page.ts';
import prices from './cost/prices.json' with { type: 'json' };
import { withCosts } from './cost/readme.ts';
import { stackFacts } from './cost/stack.ts';

// `npm run cost` measures, and writes docs/cost.md and the README's table. With `-- --page`, it writes both from the
// last measurement. With `-- --counts`, it keeps the times of the last measurement: counts are the same on a busy
// machine, times are not.
const measuredFile = new URL('cost/measured.json', import.meta.url);
const page = new URL('../docs/cost.md', import.meta.url);
const readme = new URL('../README.md', import.meta.url);

const read = () => JSON.parse(readFileSync(measuredFile, 'utf8')) as Measured; // as the lines below wrote it
if (!process.argv.includes('--page')) {
  const onlyCounts = process.argv.includes('--counts');
  const all = { ...(await measureMainJob({ conversion: !onlyCounts })), arrivals: await measureArrivals() };
  const fresh = onlyCounts ? withTimesOf(read(), all) : all;
  writeFileSync(measuredFile, `${JSON.stringify(fresh, null, 2)}\n`);
  console.log('bench/cost/measured.json is written');
}
const measured = read();
const stack = stackFacts();
writeFileSync(page, costPage(measured, stack, prices));
writeFileSync(readme, withCosts(readFileSync(readme, 'utf8'), measured, stack, prices.prices));
console.log('docs/cost.md and the table of README.md are written');
