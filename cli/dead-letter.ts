import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import * as z from 'zod';
import type { BridgeApi } from './base/bridge.ts';
import type { Subcommand } from './base/context.ts';
import { Failure, sentenceOf } from './base/failure.ts';
import { memoIdArgument } from './base/memo.ts';

/** A message that its queue gave up, or that nobody can read: to see it and to keep it. `erase ID` removes it. */
export const deadLetter: Subcommand = (run) => {
  const command = new Command('dead-letter').description(
    'show or save a dead letter: the message of a memo that SQS gave up',
  );
  command
    .command('show')
    .description('show the message, with telephone numbers masked')
    .argument('<id>', 'the memo')
    .action(
      run(async ({ output, bridge: open }, _options, id = '') => {
        const message = await messageOf(await open(), id);
        output.result({ dead_letter: message });
        output.line(message);
        return 0;
      }),
    );
  command
    .command('save')
    .description('save the whole message to a file that only you can read')
    .argument('<id>', 'the memo')
    .option('--to <file>', 'the file')
    .action(
      run<{ to?: string }>(async ({ output, bridge: open }, { to }, id = '') => {
        const file = to ?? `${memoIdArgument(id)}.dead-letter.json`;
        const message = await messageOf(await open(), id);
        try {
          writeFileSync(file, message, { mode: 0o600, flag: 'wx' });
        } catch (error) {
          throw new Failure(`the message cannot be saved: ${sentenceOf(error)}. Name another file with --to`);
        }
        output.result({ file });
        output.line(`saved to ${file}. It holds telephone numbers and addresses of recordings: delete it after use`);
        return 0;
      }),
    );
  return command;
};

const answerSchema = z.object({ dead_letter: z.string().optional() });

const messageOf = async (bridge: BridgeApi, id: string): Promise<string> => {
  const { dead_letter: message } = await bridge.ask(answerSchema, 'GET', `/memos/${memoIdArgument(id)}/dead-letter`);
  if (message === undefined) throw new Failure(`${id} has no dead letter: npx aftercall memo ${id} shows the memo`);
  return message;
};
