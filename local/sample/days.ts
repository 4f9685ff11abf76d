import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startCloud } from '../cloud/cloud.ts';
import { fillDays } from './fill-days.ts';

// `npm run sample:days`: fills a data folder of its own with the memos of three weeks, to see the page with real days of data.
const { values } = parseArgs({
  options: { memos: { type: 'string', default: '2000' }, days: { type: 'string', default: '21' } },
});
const [memos, days] = [values.memos, values.days].map(Number);
if (!Number.isInteger(memos) || !Number.isInteger(days) || !memos || !days || memos < 1 || days < 1) {
  console.error('--memos and --days take whole numbers from 1 on: npm run sample:days -- --memos 2000 --days 21');
  process.exit(2);
}
const folder = '.aftercall-sample';
const { cloud, stopAll } = await startCloud(resolve(folder));
try {
  await fillDays(cloud, { memos, days, nowMs: Date.now() });
} finally {
  await stopAll();
}
console.log(`${folder} holds ${memos} memos of ${days} days. See them: AFTERCALL_DATA=${folder} npm start`);
