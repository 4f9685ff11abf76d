import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Source } from '../functions/core/ports/source.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Example {
  /** The file, and the first exported name after the example. */
  of: string;
  code: string;
}

/** The `@example` blocks of a file's doc comments. Each block is a module whose imports start at the project's root. */
const examplesIn = (file: string): Example[] =>
  [
    ...readFileSync(join(ROOT, file), 'utf8').matchAll(
      /^\/\*\*\n(?: \*.*\n)+? \* @example\n((?: \*(?: .*)?\n)+?) \*\/\nexport (?:const|interface) (\w+)/gm,
    ),
  ].map(([, block = '', name]) => ({
    of: `${file} ${name}`,
    code: block.replaceAll(/^ \* ?/gm, '').replaceAll("'./functions/", `'${ROOT}functions/`),
  }));

const examples = globSync('functions/**/*.ts', { cwd: ROOT }).sort().flatMap(examplesIn);

let folder: string;
const fileOf = ({ of }: Example): string => join(folder, `${of.replaceAll(/[^\w]+/g, '-')}.ts`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aftercall-examples-'));
  for (const example of examples) writeFileSync(fileOf(example), example.code);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const compilerOptions = { noEmit: true, typeRoots: [`${ROOT}node_modules/@types`], noUnusedLocals: false };
  const config = { extends: `${ROOT}tsconfig.json`, compilerOptions, include: [`${folder}/*.ts`], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what others write against has an example: a bridge, a source as data, a source as code, a secret', () => {
  expect(examples.map(({ of }) => of.split(' ')[1])).toEqual(
    expect.arrayContaining(['defineBridge', 'defineSource', 'Source', 'secret']),
  );
});

test('every example in a doc comment compiles', () => {
  const { status, stdout } = spawnSync(process.execPath, [`${ROOT}node_modules/typescript/bin/tsc`, '-p', folder], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
}, 60_000);

test.each(examples)(
  'the example of $of runs, and its sources refuse a webhook without a signature',
  async (example) => {
    const module: Record<string, unknown> = await import(/* @vite-ignore */ pathToFileURL(fileOf(example)).href);
    const exported = Object.values(module);
    expect(exported).not.toEqual([]);
    for (const source of exported.filter(isSource)) {
      const request = { method: 'POST', url: 'https://x.example/hooks/acme', headers: {}, body: new Uint8Array() };
      const proof = await source.authenticate(request, { nowMs: 0, read: async () => ['a-secret-of-16-bytes'] });
      expect(proof.kind).toBe('refused');
    }
  },
);

const isSource = (value: unknown): value is Source =>
  typeof value === 'object' && value !== null && 'authenticate' in value;
