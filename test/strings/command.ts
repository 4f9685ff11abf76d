import { fileURLToPath } from 'node:url';
import { textsOf } from './list.ts';

// `npm run strings [part of a path]`: lists every text that a person may read, so that the texts can be reviewed.

const [part = ''] = process.argv.slice(2);
const texts = textsOf(fileURLToPath(new URL('../..', import.meta.url))).filter(({ file }) => file.includes(part));
for (const [file, found] of Map.groupBy(texts, (each) => each.file)) {
  console.log(`\n${file}`);
  for (const { line, text } of found) console.log(`${String(line).padStart(4)}  ${text}`);
}
console.log(`\n${texts.length} texts`);
