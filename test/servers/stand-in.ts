import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An executable that does what a test says, in a folder of its own. */
export interface StandIn {
  path: string;
  /** A folder next to it, for what it is given to work in. */
  folder: string;
  /** What it told with `tell`, the last time. */
  told<T>(): T;
  remove(): void;
}

/** Node reserves more address space than any ffmpeg takes. */
export const NODE_TAKES = 2 ** 42;

/**
 * Writes a program under a name.
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
  // Not node itself in the first line: its path may be longer than that may be. `exec`, so that a kill reaches it.
  writeFileSync(path, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(script)} "$@"\n`, { mode: 0o755 });
  return {
    path,
    folder,
    told: () => JSON.parse(readFileSync(told, 'utf8')),
    remove: () => rmSync(own, { recursive: true, force: true }),
  };
};

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Whether a process is there; one that was killed may be there for a moment more. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
