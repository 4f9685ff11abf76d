import { PassThrough } from 'node:stream';
import { aftercall } from '../../cli/program.ts';
import type { Bridge } from '../../functions/config.ts';

export interface RunOptions {
  environment?: Record<string, string | undefined>;
  bridge?: () => Promise<Bridge>;
  /** In place of the CDK's command line. */
  cdk?: string;
  /** What stands on standard input. */
  input?: string;
  /** A person at a terminal types this, a line at each question. */
  typed?: string[];
}

export interface Ran {
  code: number;
  out: string;
  err: string;
  json: Record<string, unknown>;
  /** Whether the terminal echoed while something was typed. */
  raw: boolean[];
}

/** Everything that any command of this file has printed, for the test that looks for what must not be there. */
export const printed: string[] = [];

/** The command in this process, with streams and an environment of its own. */
export const running = async (argv: readonly string[], options: RunOptions = {}): Promise<Ran> => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const terminal = options.typed !== undefined;
  const raw: boolean[] = [];
  const said = { out: '', err: '' };
  const answers = [...(options.typed ?? [])];
  stdout.on('data', (chunk) => (said.out += chunk));
  stderr.on('data', (chunk) => {
    said.err += chunk;
    if (/(\[y\/N\]|:) $/.test(String(chunk))) setImmediate(() => stdin.write(`${answers.shift() ?? ''}\n`));
  });
  if (!terminal) stdin.end(options.input ?? '');
  const tty = terminal && { isTTY: true };
  const code = await aftercall(argv, {
    environment: { NO_COLOR: '1', ...options.environment },
    stdin: Object.assign(stdin, tty, { setRawMode: (on: boolean) => raw.push(on) }),
    stdout: Object.assign(stdout, tty),
    stderr: Object.assign(stderr, tty),
    cdk: options.cdk ?? 'no cdk',
    loadBridge: options.bridge ?? (async () => (await import('../../bridge.config.ts')).default),
  });
  printed.push(said.out, said.err);
  // Whoever did not ask for JSON reads no `json`.
  const json = argv.includes('--json') ? JSON.parse(said.out) : {};
  return { code, ...said, json, raw };
};
