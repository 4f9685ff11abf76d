import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';
import { expect, test } from 'vitest';

// How long functions and files may be. A failure lists `file name: lines`.

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['functions', 'infra', 'cli', 'local', 'bench'];
const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path)),
);
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');

/** The most lines of a function, without the lines of its nested functions. */
const MOST_LINES = 40;

/** These functions are longer, and parts would not be easier to read. */
const LONG: Readonly<Record<string, string>> = {
  'infra/aftercall.ts constructor': 'the resources of the stack, in the order in which the data meets them',
  'infra/alarms.ts alarmRows': 'a table: one alarm after the other',
  'infra/alarms-memos.ts memoAlarms': 'a table: one alarm after the other',
  'functions/core/model/timing.ts timing': 'a table: every delay, time-out and window, with the reason',
  'bench/cost/model.ts billOf': 'a table: the lines of the bill',
  'bench/cost/limits.ts limitsOf': 'a table: the limits of an account',
  'bench/cost/page.ts costPage': 'a page, in its order',
};

interface Found {
  name: string;
  start: number;
  end: number;
}

/** The functions of a file, each with the name of the variable, property or method that holds it. */
const functionsIn = (path: string, text: string): Found[] => {
  const found: Found[] = [];
  const names = new Map<number, string>();
  const name = (holder: { type: string; name?: unknown; value?: unknown }, held: { start: number } | null) => {
    if (held) names.set(held.start, String(holder.name ?? holder.value));
  };
  const add = (node: { start: number; end: number; id?: { name: string } | null }) => {
    found.push({ name: node.id?.name ?? names.get(node.start) ?? '', start: node.start, end: node.end });
  };
  new Visitor({
    VariableDeclarator: ({ id, init }) => name(id, init),
    Property: ({ key, value }) => name(key, value),
    MethodDefinition: ({ key, value }) => name(key, value),
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(parseSync(path, text).program);
  return found;
};

/** Every function with the number of its own lines: a nested function of more than one line counts for itself. */
const linesOf = (path: string): { name: string; own: number }[] => {
  const text = textOf(path);
  const lines = ({ start, end }: Found) => text.slice(start, end).split('\n').length;
  const all = functionsIn(path, text);
  const inside = (outer: Found) =>
    all.filter((each) => each !== outer && each.start >= outer.start && each.end <= outer.end);
  return all.map((outer) => {
    const nested = inside(outer).filter((each) => lines(each) > 1);
    // A function nested deeper is counted in the function around it.
    const nearest = nested.filter((each) => !nested.some((other) => inside(other).includes(each)));
    return { name: outer.name, own: lines(outer) - nearest.reduce((sum, each) => sum + lines(each), 0) };
  });
};

test('a function has at most 40 lines of its own; at most twelve are longer, each with its reason', () => {
  const long = files.flatMap((path) =>
    linesOf(path)
      .filter(({ own }) => own > MOST_LINES)
      .map(({ name, own }) => ({ id: `${path} ${name}`, own })),
  );
  const known = Object.keys(LONG);
  expect(long.filter(({ id }) => !known.includes(id)).map(({ id, own }) => `${id}: ${own}`)).toEqual([]);
  const ids = long.map(({ id }) => id);
  expect(known.filter((id) => !ids.includes(id))).toEqual([]);
  expect(known.length).toBeLessThanOrEqual(12);
});

test('half of the files have less than 80 lines', () => {
  const lines = files.map((path) => textOf(path).split('\n').length).sort((a, b) => a - b);
  expect(lines[Math.floor(lines.length / 2)]).toBeLessThan(80);
});
