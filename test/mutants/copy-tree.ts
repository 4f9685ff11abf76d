import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Mutant } from './mutants.ts';

/** A copy of the working tree, including uncommitted changes, in a folder of its own. */
export const copyTree = (root: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'aftercall-mutant-'));
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root });
  for (const path of list.toString().split('\0')) {
    if (path === '' || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
};

/** The only file under `functions/` that contains a mutant's text, exactly once. */
export const placeOf = (folder: string, { name, find }: Mutant): string => {
  const files = globSync('functions/**/*.ts', { cwd: folder });
  const places = files.flatMap((file) =>
    Array.from({ length: readFileSync(join(folder, file), 'utf8').split(find).length - 1 }, () => file),
  );
  const [file] = places;
  if (file === undefined || places.length > 1)
    throw new Error(
      `the mutant '${name}' does not fit: its text stands ${places.length} times in functions/ (${places.join(', ')})`,
    );
  return file;
};

/**
 * Breaks a copy of the tree.
 * @returns restores the file
 * @throws where the patch does not fit exactly once
 */
export const breakIn = (folder: string, mutant: Mutant): (() => void) => {
  const path = join(folder, placeOf(folder, mutant));
  const before = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    before.replace(mutant.find, () => mutant.replace),
  );
  return () => writeFileSync(path, before);
};
