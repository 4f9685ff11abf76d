import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** AWS's own runtime client for Node.js, in the version that was tested. Its native part is built on this machine. */
export const RUNTIME_CLIENT = 'aws-lambda-ric@4.0.2';

const run = promisify(execFile);
const inProject = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * Installs the runtime client once, under `node_modules/.cache`. The build takes one to two minutes on two processors.
 * @returns the path of its program
 * @throws Error that names the missing parts: Linux, `cmake`, `make`, a C++ compiler, Python 3, or the package
 */
export const runtimeClient = async (): Promise<string> => {
  const folder = inProject(`node_modules/.cache/aftercall/${RUNTIME_CLIENT}`);
  const program = join(folder, 'node_modules/aws-lambda-ric/index.mjs');
  if (existsSync(join(folder, 'installed'))) return program;
  await requireTools();
  await rm(folder, { recursive: true, force: true }); // begins a broken-off installation again
  await mkdir(folder, { recursive: true });
  // A separate project, so that this project's lock file and install scripts stay unchanged.
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, allowScripts: { 'aws-lambda-ric': true } }),
  );
  try {
    await run('npm', ['install', '--save-exact', '--no-audit', '--no-fund', RUNTIME_CLIENT], {
      cwd: folder,
      maxBuffer: 100_000_000,
      env: { ...withoutNpm(process.env), ...headers() },
    });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }; // execFile rejects with an Error that has stderr
    throw new Error(`npm could not install ${RUNTIME_CLIENT}: ${(stderr?.trim() || message).slice(-2000)}`);
  }
  await writeFile(join(folder, 'installed'), '');
  return program;
};

/** Throws one error that names everything that is missing. */
const requireTools = async (): Promise<void> => {
  if (process.platform !== 'linux') throw new Error(`${RUNTIME_CLIENT} builds on Linux only`);
  const missing = await missingTools();
  if (missing.length === 0) return;
  throw new Error(`${RUNTIME_CLIENT} is built from its sources, and this machine lacks ${missing.join(', ')}`);
};

/** The programs that the build needs and that are not on PATH. */
export const missingTools = async (): Promise<string[]> => {
  const found = await Promise.all(
    NEEDED.map(async ({ what, commands }) => {
      const tried = await Promise.all(commands.map((command) => run(command, ['--version']).catch(() => undefined)));
      return tried.some(Boolean) ? [] : [what];
    }),
  );
  return found.flat();
};

const NEEDED = [
  { what: 'cmake', commands: ['cmake', 'cmake3'] },
  { what: 'make', commands: ['make'] },
  { what: 'a C++ compiler (g++ or clang++)', commands: ['g++', 'clang++'] },
  { what: 'Python 3 (node-gyp runs in it)', commands: ['python3'] },
  { what: 'tar', commands: ['tar'] },
  { what: 'xz', commands: ['xz'] },
];

/** The installed Node contains its headers. Without this setting node-gyp would download them. */
const headers = (): Record<string, string> => {
  const node = inProject(`node_modules/node/node_modules/node-${process.platform}-${process.arch}`);
  return existsSync(join(node, 'include/node/node_api.h')) ? { npm_config_nodedir: node } : {};
};

/** `npm run` sets variables for this project. With them, an npm in another folder would work on this project. */
const withoutNpm = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/^npm_/i.test(name)));
