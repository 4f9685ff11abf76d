import { Command } from 'commander';
import * as z from 'zod';
import { chatId, phone } from './base/arguments.ts';
import type { Run, Subcommand, Work } from './base/context.ts';
import { Misuse } from './base/failure.ts';
import type { Output } from './base/output.ts';

interface Options {
  chat?: string;
  phone?: string;
  reason?: string;
}

const suppression = z.object({ by: z.string(), reason: z.string(), since: z.string() });
const answerSchema = z.object({
  suppressed: z.boolean(),
  suppressions: z.array(suppression),
  removed: z.array(suppression).optional(),
  chats: z.array(z.object({ chat: z.string(), suppressions: z.array(suppression) })).optional(),
});
type Answer = z.infer<typeof answerSchema>;

export const suppressCommand: Subcommand = (run) =>
  new Command('suppress')
    .description('the suppression list: nobody on it gets a memo, not even with --force')
    .addCommand(
      about(run, 'add', '/suppressions', 'add a chat or a person').option(
        '--reason <text>',
        'the reason, shown with their memos',
      ),
    )
    .addCommand(about(run, 'remove', '/suppressions/remove', 'remove a chat or a person, whoever added them'))
    .addCommand(
      about(run, 'show', '/suppressions/show', 'show whether a chat or a person is on the list, why, and since when'),
    );

const about = (run: Run, name: string, path: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option('--chat <id>', 'by the id of the chat', chatId)
    .option('--phone <number>', 'by the number of the person', phone)
    .action(run<Options>(asking(path)));

const asking =
  (path: string): Work<Options> =>
  async ({ output, bridge: open }, { chat, phone: number, reason }) => {
    if ((chat === undefined) === (number === undefined))
      throw new Misuse('suppress needs --chat or --phone, and only one of them');
    const whom = chat === undefined ? { phone: number } : { chat };
    const body = { ...whom, ...(reason !== undefined && { reason }) };
    const bridge = await open();
    tell(output, chat ?? number ?? '', await bridge.ask(answerSchema, 'POST', path, { body }));
    return 0;
  };

const tell = (output: Output, whom: string, { suppressed, suppressions, removed, chats }: Answer): void => {
  output.result({ suppressed, suppressions, ...(removed && { removed }), ...(chats && { chats }) });
  if (removed && removed.length > 0) output.line(`${whom} is not on the suppression list any more`);
  else if (!suppressed) output.line(`${whom} is not on the suppression list`);
  else output.line(`${whom} is on the suppression list:`);
  for (const { reason, since } of suppressions) output.line(`  ${reason}, since ${since}`);
  for (const { chat, suppressions: entries } of chats ?? []) {
    output.line(`memos of calls from or to ${whom} go to chat ${chat}, which is on the list:`);
    for (const { reason, since } of entries) output.line(`  ${reason}, since ${since}`);
  }
};
