import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { AftercallError } from '../functions/core/model/errors.ts';
import { canonicalNumber } from '../functions/core/model/recording.ts';
import { bridgeApi } from './base/bridge.ts';
import type { Context, Run, Subcommand } from './base/context.ts';
import { Failure, Misuse, sentenceOf } from './base/failure.ts';
import { makeOutput, type Output } from './base/output.ts';
import type { Runtime } from './base/runtime.ts';
import { findTarget, secretsAt, type Target, type TargetOptions } from './base/target.ts';
import { chats } from './chats.ts';
import { completion } from './completion.ts';
import { deadLetter } from './dead-letter.ts';
import { demo } from './demo.ts';
import { deploy } from './deploy.ts';
import { destroy } from './destroy.ts';
import { doctor } from './doctor.ts';
import { drop } from './drop.ts';
import { erase } from './erase.ts';
import { hooks } from './hooks.ts';
import { init } from './init.ts';
import { linq } from './linq.ts';
import { logs } from './logs.ts';
import { memo } from './memo.ts';
import { memos } from './memos.ts';
import { replay } from './replay.ts';
import { secrets } from './secrets.ts';
import { send } from './send.ts';
import { sourcesCommand } from './sources.ts';
import { start } from './start.ts';
import { suppressCommand } from './suppress.ts';

const SUBCOMMANDS: readonly Subcommand[] = [
  init,
  start,
  demo,
  deploy,
  destroy,
  doctor,
  send,
  drop,
  memos,
  memo,
  replay,
  erase,
  deadLetter,
  suppressCommand,
  secrets,
  sourcesCommand,
  logs,
  hooks,
  linq,
  chats,
  completion,
];

/** Runs the command. @returns the exit code: 0 done, 1 failed, 2 called wrongly */
export const aftercall = async (argv: readonly string[], runtime: Runtime): Promise<number> => {
  const output = makeOutput(runtime, { json: argv.includes('--json'), typed: numbersIn(argv) });
  let code = 0;
  const run: Run =
    (work) =>
    async (...given) => {
      const command = given.at(-1) as Command; // commander passes arguments, options and the command, in this order
      const context = kitOf(runtime, output, command.optsWithGlobals());
      // Each subcommand declares the type of its options.
      const options = command.opts() as Parameters<typeof work>[1];
      code = (await work(context, options, ...(given.slice(0, -2) as string[]))) ?? 0;
    };
  try {
    await programOf(runtime, run).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return say(output, error);
  }
};

/** The whole command line. `run` decides what a subcommand does. */
export const programOf = ({ stdout, stderr }: Pick<Runtime, 'stdout' | 'stderr'>, run: Run): Command => {
  const program = new Command('aftercall')
    .description('Call recordings as iMessage voice memos: see them, replay them, set up the bridge.')
    .version(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version)
    .option('--stage <stage>', 'a deployed stage, such as prod, instead of the local bridge')
    .option('--url <address>', 'the URL of the bridge, if it is not the usual one')
    .option('--json', 'print JSON')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride();
  for (const make of SUBCOMMANDS) program.addCommand(inheriting(program, make(run)));
  return program;
};

/** Commander copies its settings only to commands that it has made itself. */
const inheriting = (parent: Command, command: Command): Command => {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheriting(command, child);
  return command;
};

const kitOf = (runtime: Runtime, output: Output, options: TargetOptions): Context => {
  const { environment } = runtime;
  let found: Promise<Target> | undefined;
  const target = () => {
    found ??= findTarget(environment, options).then((target) => ({
      ...target,
      secrets: hiding(output, target.secrets),
      apiKey: async () => {
        const key = await target.apiKey();
        output.redact(key);
        return key;
      },
    }));
    return found;
  };
  return {
    output,
    runtime,
    stage: options.stage,
    target,
    bridge: async () => bridgeApi(await target()),
    secrets: hiding(output, secretsAt(environment, options.stage)),
  };
};

/** A secret that was read is never shown. */
const hiding = (output: Output, secrets: Context['secrets']): Context['secrets'] => ({
  ...secrets,
  async read(ref) {
    const values = await secrets.read(ref);
    for (const value of values) output.redact(value);
    return values;
  },
});

const say = (output: Output, error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed the message
  output.warn(`${output.paint('red', 'error:')} ${sentenceOf(error)}`);
  const code = error instanceof Failure || error instanceof AftercallError ? error.code : undefined;
  output.result({ error: { code: code ?? 'failed', message: sentenceOf(error) } });
  return error instanceof Misuse ? 2 : 1;
};

const numbersIn = (argv: readonly string[]): ReadonlySet<string> =>
  new Set(argv.flatMap((text) => [text, canonicalNumber(text.replace(/^--\w+=/, ''))]));
