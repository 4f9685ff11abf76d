import { cents, dollars } from './format.ts';
import { VOLUMES } from './inputs.ts';
import type { Prices } from './line.ts';
import type { Measured } from './main-job.ts';
import { billOf, monthly } from './model.ts';
import type { StackFacts } from './stack.ts';

const [BEGIN, END] = ['<!-- cost: written by npm run cost -->', '<!-- /cost -->'];

/**
 * The README with the costs of AWS between its two marks.
 * @throws if the README does not have the marks
 */
export const withCosts = (readme: string, measured: Measured, stack: StackFacts, prices: Prices): string => {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md does not have the marks ${BEGIN} and ${END}`);
  const bill = billOf(measured, stack);
  const total = (memos: number) => bill.reduce((all, line) => all + monthly(line, memos, measured, stack, prices), 0);
  const row = (name: string, of: (memos: number) => string) => `| ${name} | ${VOLUMES.map(of).join(' | ')} |`;
  const table = [
    BEGIN,
    row('memos a month', (memos) => memos.toLocaleString('en')),
    `| --- |${' ---: |'.repeat(VOLUMES.length)}`,
    row('AWS, a month', (memos) => dollars(total(memos))),
    row('of this, without a memo', () => dollars(total(0))),
    row('AWS, a memo', (memos) => cents(total(memos) / memos)),
  ];
  return `${readme.slice(0, begin)}${table.join('\n')}\n${readme.slice(end)}`;
};
