import { arrivalsSection } from './arrivals-page.ts';
import { cents, dollars } from './format.ts';
import { ASSUMED, LIMITS, VOLUMES } from './inputs.ts';
import { limitsOf } from './limits.ts';
import type { Line, Prices } from './line.ts';
import type { Measured } from './main-job.ts';
import { byOperation, type MeasuredStep, unitsByIndex } from './measured-step.ts';
import { billOf, monthly } from './model.ts';
import type { StackFacts } from './stack.ts';

/** The content of `prices.json`. */
export interface PriceList {
  region: string;
  currency: string;
  noted: string;
  how: string;
  prices: Prices;
}

/** docs/cost.md, which `npm run cost` writes. The same input gives the same page. */
export const costPage = (measured: Measured, stack: StackFacts, list: PriceList): string => {
  const { prices } = list;
  const bill = billOf(measured, stack);
  const parts = [...new Set(bill.map(({ part }) => part))];
  const at = (line: Line, memos: number) => monthly(line, memos, measured, stack, prices);
  const total = (lines: readonly Line[], memos: number) => lines.reduce((all, line) => all + at(line, memos), 0);
  const row = (name: string, lines: readonly Line[]) =>
    `| ${name} | ${VOLUMES.map((memos) => dollars(total(lines, memos))).join(' | ')} |`;
  const head = (first: string) => [
    `| ${first} | ${VOLUMES.map((memos) => `${memos.toLocaleString('en')} a month`).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(VOLUMES.length)}`,
  ];
  return [
    '# What it costs, and where the limits lie',
    '',
    'What a month and a memo cost on AWS, and how many memos each limit bears. `npm run cost` writes this page: it counts requests, units and bytes on the',
    'embedded cloud, and measures times on its own machine. No bill was read.',
    '',
    `Prices are **list prices for ${list.region}, noted on ${list.noted}**. ${list.how}`,
    'Linq’s prices are not included. AWS’s free monthly allowance is not deducted: 10 custom metrics, 10 metrics in alarms, three',
    'dashboards, a million requests to SQS and a million invocations would remove most of the fixed cost.',
    '',
    '## A month',
    '',
    ...head('part'),
    ...parts.map((part) =>
      row(
        part,
        bill.filter((line) => line.part === part),
      ),
    ),
    row('**all**', bill),
    `| of this, without a memo | ${VOLUMES.map(() => dollars(total(bill, 0))).join(' | ')} |`,
    `| **a memo** | ${VOLUMES.map((memos) => cents(total(bill, memos) / memos)).join(' | ')} |`,
    '',
    '## Line by line',
    '',
    ...head('part, what'),
    ...bill.map((line) => row(`${line.part}: ${line.what}`, [line])),
    '',
    '## What a memo asks of AWS',
    '',
    'The main job: a signed webhook, a recording that passes unchanged, one chat, and Linq’s three receipts; after the retention, its expiry.',
    'Lambda’s own receives and deletes of messages are not in the table. The counts are exact, and `npm test` compares them.',
    '',
    '| step | function | requests | write units | read units | log bytes | processor ms |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: |',
    ...[...measured.job, ...measured.expiry].map(stepRow),
    `| **all** | | ${countOf([...measured.job, ...measured.expiry])} | ${all(measured, 'writeUnits')} | ${all(measured, 'readUnits')} | ${all(measured, 'logBytes')} | ${all(measured, 'cpuMs')} |`,
    '',
    `From the webhook to \`sent\` that is ${countOf(measured.job.slice(0, 3))} requests and ${sumOf(measured.job.slice(0, 3), 'writeUnits')} write units. A new environment also reads its secrets from SSM, once a minute`,
    `while it works. \`store\` makes an MP3 of ${measured.secondsConvertedPerCpuSecond} seconds of sound in one second of processor time. An idle sweep asks ${countOf([measured.idleSweep])} times, every five minutes.`,
    '',
    ...countTable(measured),
    '',
    ...arrivalsSection(measured, stack, prices, stepRow),
    '## Limits',
    '',
    '[limits.md](limits.md) explains the settings in this table.',
    '',
    'How many memos a second each limit bears without end, the lowest first. A million memos a month are',
    `${perSecond(1e6)} a second on average; for the busiest minute of a month the model takes ${ASSUMED.peakFactor} times that, ${perSecond(1e6 * ASSUMED.peakFactor)}. A hundred million are ${perSecond(1e8)} and ${perSecond(1e8 * ASSUMED.peakFactor)}.`,
    '',
    '| limit | | memos a second | above it | what to change |',
    '| --- | --- | ---: | --- | --- |',
    ...limitsOf(measured, stack).map(
      ({ what, limit, memosPerSecond, beyond, turn }) =>
        `| ${what} | ${limit} | ${figure(memosPerSecond)} | ${beyond} | ${turn} |`,
    ),
    '',
    '### What each of them sees at 1, 100 and 1,000 memos a second',
    '',
    'The share of the limit that is used, with the settings of today. Above 100 %, work waits or is refused: see the table above.',
    '',
    `| limit | ${RATES.map((rate) => `${rate.toLocaleString('en')} a second`).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(RATES.length)}`,
    ...limitsOf(measured, stack).map(
      ({ what, memosPerSecond }) => `| ${what} | ${RATES.map((rate) => used(rate / memosPerSecond)).join(' | ')} |`,
    ),
    '',
    `One more limit: \`memos.fifo\` has at most ${LIMITS.fifoInFlight.toLocaleString('en')} messages in flight, and SQS looks for a free chat among the first ${LIMITS.fifoInFlight.toLocaleString('en')} of the queue. More`,
    'chats than that with a memo in quiet hours would hold up all others until the first of them may be sent.',
    `Linq takes ${LIMITS.linqPerPair.messages} messages in ${LIMITS.linqPerPair.seconds} seconds from one line to one chat, and answers 429 above: that chat's memos wait, in order, and no other's. A line`,
    'may have its own limits.',
    '',
    '## What is assumed',
    '',
    `- A memo has ${ASSUMED.audioBytes.toLocaleString('en')} bytes, and is fetched by Linq once.`,
    `- ${ASSUMED.converted.share * 100} % of recordings are converted. ${stack.retentionDays} days of retention.`,
    `- A request takes ${Object.entries(ASSUMED.requestMs)
      .map(([service, ms]) => `${ms} ms to ${service}`)
      .join(
        ', ',
      )}. \`store\` waits ${ASSUMED.waitMs.store} ms for the recording, \`send\` ${ASSUMED.waitMs.send} ms for Linq.`,
    `- Processor time is this machine's, multiplied by ${ASSUMED.wholeProcessorMegabytes} MB over the function's memory. Read it as a proportion.`,
    `- Cold starts are left out. The metrics are those of one source; a source more has three or so.`,
    '- The tables of a month and of limits have recordings by webhook alone. Recordings in buckets, and webhooks that are refused or ignored, have a part of their own.',
    '',
    'Assumptions stand in `bench/cost/inputs.ts`, formulas in `bench/cost/model.ts` and `bench/cost/limits.ts`, prices in `bench/cost/prices.json`, and',
    'measurements in `bench/cost/measured.json`. `npm run cost` measures again and writes this page and the table of the README. `npm run cost -- --page`',
    'only writes them, after a change of prices, assumptions or the stack. `npm run cost -- --counts` counts again and keeps the times: counts are exact on',
    'a busy machine too.',
    '',
    '## Prices',
    '',
    '| service | unit | USD | source |',
    '| --- | --- | --- | --- |',
    ...Object.values(prices).map(
      ({ service, unit, tiers, source }) =>
        `| ${service} | ${unit} | ${tiers.map(({ upTo, usd }) => plain(usd) + (upTo === undefined ? '' : ` to ${upTo.toLocaleString('en')}`)).join(', then ')} | <${source}> |`,
    ),
    '',
  ].join('\n');
};

const RATES = [1, 100, 1000] as const;

const used = (share: number): string => {
  const percent = share * 100;
  if (percent < 0.1) return '< 0.1 %';
  const text = percent < 10 ? percent.toFixed(1) : Math.round(percent).toLocaleString('en');
  return share > 1 ? `**${text} %**` : `${text} %`;
};

/** The same counts by operation, and the write units by index. */
const countTable = ({ job, expiry }: Measured): string[] => {
  const [toSent, whole] = [job.slice(0, 3), [...job, ...expiry]];
  const rows = (counts: (steps: readonly MeasuredStep[]) => Record<string, number>) => {
    const some = counts(toSent);
    return Object.entries(counts(whole)).map(([name, all]) => [name, some[name] ?? 0, all] as const);
  };
  return [
    '| | webhook to `sent` | with receipts and expiry |',
    '| --- | ---: | ---: |',
    ...rows(byOperation).map(([name, some, all]) => `| requests: ${name} | ${some} | ${figure(all)} |`),
    ...rows(unitsByIndex).map(([name, some, all]) => `| write units: ${name} | ${some} | ${figure(all)} |`),
  ];
};

const stepRow = (step: MeasuredStep): string =>
  `| ${step.name} | ${step.function} | ${requestsIn(step)} | ${step.writeUnits} | ${step.readUnits} | ${step.logBytes} | ${step.cpuMs} |`;
const requestsIn = ({ requests }: MeasuredStep): string =>
  Object.entries(requests)
    .map(([name, times]) => (times === 1 ? name : `${name} × ${figure(times)}`))
    .join(', ') || 'none';

/** Counts our requests, without Linq's own fetch. */
const countOf = (steps: readonly MeasuredStep[]): number =>
  steps.reduce(
    (sum, { requests }) =>
      sum + Object.entries(requests).reduce((own, [name, times]) => own + (name.includes('presigned') ? 0 : times), 0),
    0,
  );
type Figure = 'writeUnits' | 'readUnits' | 'logBytes' | 'cpuMs';
const sumOf = (steps: readonly MeasuredStep[], name: Figure): number =>
  Math.round(steps.reduce((sum, step) => sum + step[name], 0) * 10) / 10;
const all = ({ job, expiry }: Measured, name: Figure): number => sumOf([...job, ...expiry], name);

const perSecond = (memos: number): string => figure(memos / ASSUMED.secondsInMonth);
const figure = (number: number): string =>
  number >= 100 ? Math.round(number).toLocaleString('en') : String(Number(number.toPrecision(2)));
const plain = (usd: number): string => (usd >= 0.001 ? String(usd) : usd.toFixed(12).replace(/0+$/, ''));
