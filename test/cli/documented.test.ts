import { readdirSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { programOf } from '../../cli/program.ts';
import { parseLine } from './parse-line.ts';

const root = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const docs = readdirSync(new URL('docs', root), { recursive: true, encoding: 'utf8' });
const pages = ['README.md', ...docs.filter((page) => page.endsWith('.md')).map((page) => `docs/${page}`)];

/** Every line of a shell block that runs the command. */
const documented = pages.flatMap((page) =>
  [...text(page).matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line.startsWith('npx aftercall '))
    .map((line) => [page, line] as const),
);

test.each(documented)('%s: %s', async (_, line) => {
  await expect(parseLine(line.split(' ').slice(2))).resolves.toBeDefined();
});

test('the README shows the command', () => {
  expect(documented.filter(([page]) => page === 'README.md').length).toBeGreaterThan(8);
});

test('docs/command.md names every subcommand, and no other', async () => {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const { commands } = programOf(streams, () => async () => {});
  const names = commands.flatMap((command) =>
    command.commands.length > 0 ? command.commands.map((sub) => `${command.name()} ${sub.name()}`) : [command.name()],
  );
  const page = text('docs/command.md');
  expect(names.filter((name) => !new RegExp(`\`${name}[\` ]`).test(page))).toEqual([]);
  const rows = [...page.matchAll(/^\| `([a-z][a-z-]*)(?: ([a-z]+))?/gm)].map(
    ([, name = '', sub]) => [name, sub] as const,
  );
  const unknown = rows.filter(([name]) => !commands.some((command) => command.name() === name));
  expect(rows.length).toBeGreaterThan(10);
  expect(unknown).toEqual([]);
});
