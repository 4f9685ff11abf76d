import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Account } from './account.ts';
import type { Context } from './context.ts';

export interface CdkRun {
  code: number;
  /** The end of its output. */
  said: string;
}

/** The CDK prints the reasons last. */
const KEPT_CHARACTERS = 64_000;

const project = fileURLToPath(new URL('../../', import.meta.url));
const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

/** Runs the CDK's command line in the account, and shows what it prints; with `--json` on standard error. */
export const runCdk = async (
  { runtime, output }: Pick<Context, 'runtime' | 'output'>,
  account: Account,
  args: readonly string[],
): Promise<CdkRun> => {
  const { environment, stdout, stderr } = runtime;
  const shown = [...args, '--no-notices', ...(stderr.isTTY && !environment.NO_COLOR ? ['--color'] : [])];
  const child = spawn(process.execPath, [runtime.cdk, ...shown], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...environment,
      // The app of cdk.json is run by a `node` of this PATH: the project's own.
      PATH: `${bin}${delimiter}${environment.PATH ?? ''}`,
      AWS_REGION: account.region,
      AWS_DEFAULT_REGION: account.region,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
  });
  let said = '';
  const show = (to: NodeJS.WritableStream) => (chunk: Buffer) => {
    to.write(chunk);
    said = (said + chunk).slice(-KEPT_CHARACTERS);
  };
  child.stdout.on('data', show(output.json ? stderr : stdout));
  child.stderr.on('data', show(stderr));
  // A Ctrl-C reaches both; only the child reacts. CloudFormation goes on by itself.
  const wait = () => {};
  process.on('SIGINT', wait);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (ended) => resolve(ended ?? 1));
    });
    return { code, said };
  } finally {
    process.off('SIGINT', wait);
  }
};
