import { PassThrough } from 'node:stream';
import { programOf } from '../../cli/program.ts';

/**
 * The real command line with subcommands that do nothing; rejects a line that is no command, or has an unknown option.
 */
export const parseLine = async (argv: readonly string[]): Promise<string[]> => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let ran: string[] | undefined;
  const program = programOf({ stdout, stderr }, () => async (...given) => {
    ran = Object.keys(Object(given.at(-2))); // the options are the argument before the command
  });
  await program.parseAsync([...argv], { from: 'user' });
  if (!ran) throw new Error(`nothing runs for ${argv.join(' ')}`);
  return ran;
};
