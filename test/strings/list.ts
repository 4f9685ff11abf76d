import { globSync, readFileSync } from 'node:fs';
import { parseAst } from 'vitest/node';

/** A text that a person may read: on the page, in the command, in an alarm, in a row's reason or in an error. */
export interface Text {
  file: string;
  line: number;
  /** A template has `…` for each value; HTML is without its tags. */
  text: string;
}

const FILES = ['functions/**/*.{ts,js}', 'cli/**/*.ts', 'infra/alarms*.ts'];

/**
 * Every text of these files, by file and line: each string literal and template that contains words, except imports.
 */
export const textsOf = (root: string): Text[] =>
  globSync(FILES, { cwd: root })
    .toSorted()
    .flatMap((file) => textsIn(file, readFileSync(`${root}/${file}`, 'utf8')));

export const textsIn = (file: string, code: string): Text[] => {
  const texts: Text[] = [];
  const lang = file.endsWith('.d.ts') ? 'dts' : file.endsWith('.ts') ? 'ts' : 'js';
  const visit = (value: unknown, tag?: string): void => {
    if (Array.isArray(value)) for (const each of value) visit(each, tag);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const node = value as Node;
    if (/^(Import|Export)(All|Named)?Declaration$/.test(node.type) && node.source) return;
    const text = textOf(node, tag);
    if (text !== undefined && isForPeople(text))
      texts.push({ file, line: code.slice(0, node.start).split('\n').length, text });
    for (const [name, child] of Object.entries(node))
      visit(child, node.type === 'TaggedTemplateExpression' && name === 'quasi' ? node.tag?.name : undefined);
  };
  visit(parseAst(code, { lang }));
  return texts;
};

/** The fields of ESTree's nodes that this program reads. */
interface Node {
  type: string;
  start: number;
  value?: unknown;
  source?: unknown;
  tag?: { name?: string };
  quasis?: { value: { cooked: string } }[];
}

const textOf = ({ type, value, quasis }: Node, tag?: string): string | undefined => {
  const text = type === 'Literal' ? value : quasis?.map((quasi) => quasi.value.cooked).join('…');
  if (typeof text !== 'string') return undefined;
  const words = tag === 'html' ? text.replace(/<[^>]*>/g, ' ') : text;
  return words.replace(/\s+/g, ' ').trim();
};

/** Two or more words, or one word with a capital, such as a button's label. */
const isForPeople = (text: string): boolean =>
  /[A-Za-z’']{2,}[,;:.!?)]* [^ ]*[A-Za-z’']{2,}/.test(text) || /^[A-Z][a-z]+[.…?]?$/.test(text);
