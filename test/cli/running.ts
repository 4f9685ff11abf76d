import { PassThrough } from 'node:stream';
import { aftercall } from '../../cli/program.ts';
import type { Bridge } from '../../functions/config.ts';

export interface RunOptions {
  environment?: Record<string, string | undefined>;
  bridge?: () => Promise<Bridge>;
  envFile?: string;
  configFile?: string;
  /** Runs in place of the CDK's command line. */
  cdk?: string;
  /** The text on standard input. */
  input?: string;
  /** Ends a command that follows. */
  until?: AbortSignal;
  /** Called with everything that the command has written to standard output so far. */
  seen?: (out: string) => void;
  /** What a person types at a terminal: one line for each question. */
  typed?: string[];
}

export interface Ran {
  code: number;
  out: string;
  err: string;
  json: Record<string, unknown>;
  /** Each mode that the terminal was put in: true for raw, without echo. */
  raw: boolean[];
}

/** All output of all commands of this test file; a test searches the output for secrets. */
export const printed: string[] = [];

/** Runs the command in this process, with its own streams and environment. */
export const running = async (argv: readonly string[], options: RunOptions = {}): Promise<Ran> => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const terminal = options.typed !== undefined;
  const raw: boolean[] = [];
  const said = { out: '', err: '' };
  const answers = [...(options.typed ?? [])];
  stdout.on('data', (chunk) => {
    said.out += chunk;
    options.seen?.(said.out);
  });
  stderr.on('data', (chunk) => {
    said.err += chunk;
    if (/(\[y\/N\]|:) $/.test(String(chunk))) setImmediate(() => stdin.write(`${answers.shift() ?? ''}\n`));
  });
  if (!terminal) stdin.end(options.input ?? '');
  const tty = terminal && { isTTY: true };
  const code = await aftercall(argv, {
    environment: { NO_COLOR: '1', ...options.environment },
    envFile: options.envFile ?? '/nowhere/.env',
    configFile: options.configFile ?? '/nowhere/bridge.config.ts',
    stdin: Object.assign(stdin, tty, { setRawMode: (on: boolean) => raw.push(on) }),
    stdout: Object.assign(stdout, tty),
    stderr: Object.assign(stderr, tty),
    ...(options.until && { until: options.until }),
    cdk: options.cdk ?? 'no cdk',
    loadBridge: options.bridge ?? (async () => (await import('../../bridge.config.ts')).default),
  });
  printed.push(said.out, said.err);
  // `json` is only used by a test that passed --json.
  const json = argv.includes('--json') && !argv.includes('--follow') ? JSON.parse(said.out) : {};
  return { code, ...said, json, raw };
};
