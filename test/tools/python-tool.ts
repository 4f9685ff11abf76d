import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Python programs that a few commands use, with their pinned versions. `npm ci && npm test` uses none of them. */
const TOOLS = {
  'cfn-lint': 'cfn-lint==1.58.0',
  moto_server: 'moto[server,s3,sqs,dynamodb,ssm,iam,sts,events]==5.2.5',
  schemathesis: 'schemathesis==4.32.5',
} as const;
export type PythonTool = keyof typeof TOOLS;

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../node_modules/.cache/aftercall/', import.meta.url));

/**
 * Installs a tool once, into its own virtual environment under `node_modules/.cache`.
 * @returns the path of the tool's program; `python` stands in the same folder
 * @throws Error that names what is missing on this machine: Python 3, its `venv` module, or a way to PyPI
 */
export const pythonTool = async (tool: PythonTool): Promise<string> => {
  const requirement = TOOLS[tool];
  const folder = join(cache, requirement.replace(/\[.*\]/, ''));
  const program = join(folder, 'bin', tool);
  if (existsSync(join(folder, 'installed'))) return program;
  await rm(folder, { recursive: true, force: true }); // begins a broken-off installation again
  try {
    await run('python3', ['-m', 'venv', folder]);
  } catch (error) {
    throw new Error(`${tool} needs Python 3 with its venv module, and python3 -m venv failed: ${reasonOf(error)}`);
  }
  try {
    await run(join(folder, 'bin/python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      requirement,
    ]);
    await run('touch', [join(folder, 'installed')]);
  } catch (error) {
    throw new Error(`pip could not install ${requirement}: ${reasonOf(error)}`);
  }
  return program;
};

const reasonOf = (error: unknown): string => {
  const { stderr, message } = error as Error & { stderr?: string }; // execFile rejects with an Error that carries stderr
  return stderr?.trim() || message;
};
