import { readdirSync, readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';

/** A text that the code holds: `7` stands for each value that is put into it. */
export interface TextInCode {
  file: string;
  text: string;
}

const root = new URL('../../../../', import.meta.url);

interface Node {
  type: string;
  start: number;
  end: number;
}

/**
 * Every text of at least two words in these files, apart from what is only logged, what is thrown as an error of the
 * code itself, and what is a type. Reasons are among them, wherever they are made.
 */
export const textsIn = (files: readonly string[]): TextInCode[] => files.flatMap((file) => textsOf(file));

/** The files of a folder whose names match. */
export const filesOf = (folder: string, named = /\.ts$/): string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && named.test(name))
    .map((name) => `${folder}/${name}`);

const textsOf = (file: string): TextInCode[] => {
  const { program } = parseSync(file, readFileSync(new URL(file, root), 'utf8'));
  const apart: Node[] = [];
  const found: { node: Node; text: string }[] = [];
  const nameOf = (callee: object) => ('name' in callee ? String(callee.name) : '');
  const objectOf = (callee: object) =>
    'object' in callee && typeof callee.object === 'object' && callee.object ? nameOf(callee.object) : '';
  new Visitor({
    CallExpression: (node) => {
      if (objectOf(node.callee) === 'log') for (const part of node.arguments.slice(0, 1)) apart.push(part);
    },
    NewExpression: (node) => {
      if (['Error', 'AftercallError', 'RegExp'].includes(nameOf(node.callee))) apart.push(node);
    },
    TSLiteralType: (node) => {
      apart.push(node);
    },
    Literal: (node) => {
      if (typeof node.value === 'string') found.push({ node, text: node.value });
    },
    TemplateLiteral: (node) => {
      found.push({ node, text: node.quasis.map(({ value }) => value.cooked ?? '').join('7') });
    },
  }).visit(program);
  const isApart = ({ start, end }: Node) => apart.some((each) => each.start <= start && end <= each.end);
  return found
    .filter(({ node, text }) => /[a-z]{2}.* .*[a-z]/.test(text) && !isApart(node))
    .map(({ text }) => ({ file, text }));
};
