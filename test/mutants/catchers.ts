import { spawn } from 'node:child_process';
import type { Mutant } from './mutants.ts';

/** A command that may notice a broken product: it ends with 0 when all is well, and with 1 when it found a fault. */
export interface Catcher {
  name: string;
  /** The command in a copy of the tree, for one mutant; undefined where the catcher does not test that mutant. */
  command: (mutant: Mutant | undefined) => readonly string[] | undefined;
}

const node = process.execPath;

export const CATCHERS: readonly Catcher[] = [
  {
    name: 'tests',
    command: (mutant) => mutant && [node, 'node_modules/vitest/vitest.mjs', 'run', '--bail', '1', ...mutant.tests],
  },
  {
    name: 'worlds',
    command: () => [node, 'test/worlds/command.ts', '--runs', '1500', '--seed', '1', '--no-shrink'],
  },
  {
    name: 'chaos',
    command: () => [node, 'local/chaos.ts', '--calls', '120', '--seed', '7', '--no-matrix'],
  },
];

export interface Ended {
  code: number | null;
  seconds: number;
  output: string;
}

/** Runs a command in a folder until it ends. */
export const runIn = (folder: string, [program = '', ...args]: readonly string[]): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const begunMs = performance.now();
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const hear = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, seconds: (performance.now() - begunMs) / 1000, output }));
  });
