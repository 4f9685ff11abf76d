import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An executable in its own folder. Its program comes from the test. */
export interface StandIn {
  path: string;
  /** A folder inside the executable's folder, for the files that it works on. */
  folder: string;
  /** The facts that the program last passed to `tell`. */
  told<T>(): T;
  remove(): void;
}

/** Node reserves more address space than any ffmpeg, so a limit for Node must be this high. */
export const NODE_TAKES = 2 ** 42;

/**
 * Writes an executable with a given name.
 * @param body JavaScript with `tell(facts)`, the arguments as `args`, and node:fs as `fs`
 */
export const standIn = (name: string, body: string): StandIn => {
  const own = mkdtempSync(join(tmpdir(), 'aftercall-stand-in-'));
  const folder = mkdtempSync(join(own, 'work-'));
  const [path, script, told] = [join(own, name), join(own, 'script.mjs'), join(own, 'told.json')];
  writeFileSync(
    script,
    `import * as fs from 'node:fs';
const args = process.argv.slice(2);
const tell = (facts) => {
  fs.writeFileSync(${JSON.stringify(`${told}.new`)}, JSON.stringify({ pid: process.pid, ...facts }));
  fs.renameSync(${JSON.stringify(`${told}.new`)}, ${JSON.stringify(told)});
};
${body}`,
  );
  // The first line does not name node itself: the path of node may be longer than such a line allows. `exec` makes a
  // kill reach node.
  writeFileSync(path, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(script)} "$@"\n`, { mode: 0o755 });
  return {
    path,
    folder,
    told: () => JSON.parse(readFileSync(told, 'utf8')),
    remove: () => rmSync(own, { recursive: true, force: true }),
  };
};

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Whether a process exists. A killed process may still exist for a moment. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
