import { PassThrough } from 'node:stream';
import { programOf } from '../../cli/program.ts';

/** The command line as it is, with subcommands that do nothing; rejects what is no command, or has another's options. */
export const parseLine = async (argv: readonly string[]): Promise<string[]> => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let ran: string[] | undefined;
  const program = programOf({ stdout, stderr }, () => async (...given) => {
    ran = Object.keys(Object(given.at(-2))); // the options, which stand before the command
  });
  await program.parseAsync([...argv], { from: 'user' });
  if (!ran) throw new Error(`nothing runs for ${argv.join(' ')}`);
  return ran;
};
