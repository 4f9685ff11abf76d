import { readFileSync, writeFileSync } from 'node:fs';
import { QUESTIONS } from './questions.ts';
import { FULL_DISK, TROUBLES } from './troubles.ts';

/** What a run has measured: seconds by trouble and place, and clicks by question. */
export interface Figures {
  seconds: Record<string, Record<string, number>>;
  clicks: Record<string, number>;
}

const PAGE = new URL('../../../docs/page.md', import.meta.url);
const PLACES = ['page', 'doctor', 'log'];
const NONE = '–';

/** Prints the figures of a whole run; with AFTERCALL_WRITE_FIGURES also writes them into docs/page.md. */
export const keepFigures = (figures: Figures): void => {
  console.table(figures.seconds);
  if (!process.env.AFTERCALL_WRITE_FIGURES) return;
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, withTable(withTable(page, 'seconds', secondsTable(figures)), 'clicks', clicksTable(figures)));
};

/** Both tables of docs/page.md as they must be; the seconds of another run stay out. */
export const documented = (): { clicks: string; seconds: string } => {
  const page = readFileSync(PAGE, 'utf8');
  return {
    clicks: tableIn(page, 'clicks'),
    seconds: tableIn(page, 'seconds').replace(/ \d+(\.\d)? s(?= \|)/g, ` ${NONE}`),
  };
};

export const clicksTable = ({ clicks }: Pick<Figures, 'clicks'>): string =>
  table(
    ['question', 'way', 'clicks'],
    QUESTIONS.map(({ asks, way }) => [asks, way, String(clicks[asks] ?? NONE)]),
  );

export const secondsTable = ({ seconds }: Pick<Figures, 'seconds'>): string =>
  table(
    ['trouble', 'what is said', 'what ends it', ...PLACES],
    [...TROUBLES, FULL_DISK].map(({ name, says, mend }) => [
      name,
      says,
      mend,
      ...PLACES.map((place) => (seconds[name]?.[place] === undefined ? NONE : `${seconds[name][place]} s`)),
    ]),
  );

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const marks = (name: string) => [`<!-- ${name}: written by npm run operator -->\n`, `\n<!-- /${name} -->`] as const;

const tableIn = (page: string, name: string): string => {
  const [begin, end] = marks(name);
  if (!page.includes(begin) || !page.includes(end)) throw new Error(`docs/page.md has no place for ${name}`);
  return (page.split(begin)[1] ?? '').split(end)[0] ?? '';
};

const withTable = (page: string, name: string, text: string): string => {
  const [begin, end] = marks(name);
  return page.replace(begin + tableIn(page, name) + end, () => begin + text + end);
};
