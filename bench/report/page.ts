import { existsSync, readFileSync } from 'node:fs';
import type { Results } from './figure.ts';
import { cellsOf } from './readme.ts';
import { TABLE } from './table.ts';

/** What holds the figures that are not reached; written by hand after a profile. */
const held = new URL('held-by.md', import.meta.url);
const peers = new URL('../peers/results.md', import.meta.url);

/** docs/figures.md, from one run of `npm run bench` and the last run of `npm run bench:peers`. */
export const figuresPage = (results: Results): string => {
  const { date, machine, load, seconds, rows } = results;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    '# Figures',
    '',
    '<!-- Written by npm run bench. Do not edit: the texts stand in bench/report/. -->',
    '',
    `One ${results.short ? 'short run' : 'run'} of \`npm run bench\` on ${date.replace('T', ', ')} UTC: ${machine.cores} cores (${machine.processor}), Node ${machine.node}, load average ${load.toFixed(1)} before the run, ${Math.round(seconds / 60)} minutes.`,
    'Bridge, embedded cloud, mock of Linq, media host and load share these cores. Compare the figures with each other; do not take them for',
    "Lambda's. Each cell is a median, with the least and the most. Each variant runs in fresh processes, in turn and then in reverse.",
    '',
    ...(results.short ? SHORT_RUN : []),
    'The floor is the same work with nothing of ours in it: a program of a hundred lines with Hono, zod and the AWS SDK, which verifies and puts the',
    'event on SQS, fetches the recording, puts it into S3, presigns, and posts to Linq (`bench/flow/floor.ts`). It keeps no row, checks no audio,',
    `and sends twice when a message comes twice. "Many memos" are ${rows.toLocaleString('en')}; \`npm run bench -- --rows 1000000\` takes another number.`,
    '',
    line(['', 'floor', 'ours', 'ratio', 'goal']),
    line(['---', '---:', '---:', '---:', '---']),
    ...TABLE.map((row) => line(cellsOf(row, results))),
    '',
    ...['ratios', 'memory'].flatMap(pictureOf),
    '## What holds the goals that are not reached',
    '',
    readFileSync(held, 'utf8').trim(),
    '',
    ...(existsSync(peers) ? [readFileSync(peers, 'utf8').trim(), ''] : []),
    '## Again',
    '',
    '| command | measures |',
    '| --- | --- |',
    '| `npm run bench` | this page, the plots, `bench/results.json`, and the short form in the README |',
    '| `npm run bench -- --short` | every figure from fewer runs and smaller inputs, printed alone; CI runs it |',
    '| `npm run bench -- --only storm` | one part: `acknowledgement`, `memos`, `storm`, `counts`, `coldStarts`, `memory`, `longCalls`, `fullLedger` |',
    '| `npm run bench:peers` | the comparison; installs Node-RED and n8n into a cache folder first |',
    '',
  ].join('\n');
};

const SHORT_RUN: readonly string[] = [
  '**This was a short run: it shows that each figure can be taken, and judges no goal but the exact ones.** It posted 40 webhooks in place of 1,000, 16',
  'and three memos in place of 240 and forty, 30 MB in place of 500, three minutes of sound in place of two hours, and had 2,000 rows.',
  '',
];

const TITLES: Readonly<Record<string, string>> = {
  ratios: 'Ours as a multiple of the floor, with the goal',
  memory: 'Peak memory in MB',
};

const pictureOf = (name: string): string[] => [
  '<picture>',
  `  <source media="(prefers-color-scheme: dark)" srcset="figures/${name}-dark.svg">`,
  `  <img alt="${TITLES[name]}" src="figures/${name}-light.svg">`,
  '</picture>',
  '',
];
