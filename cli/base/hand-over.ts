import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a program of local/ in this terminal, and returns its exit code. A Ctrl-C reaches both; only the program reacts. */
export const handOver = (program: 'start.ts' | 'demo.ts', args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(`../../local/${program}`, import.meta.url));
    const child = spawn(process.execPath, [path, ...args], { stdio: 'inherit' });
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
