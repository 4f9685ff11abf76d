import { Command } from 'commander';
import * as z from 'zod';
import { chatId, phone } from './base/arguments.ts';
import type { Run, Subcommand, Work } from './base/context.ts';
import { Misuse } from './base/failure.ts';
import type { Screen } from './base/output.ts';

interface Options {
  chat?: string;
  phone?: string;
  why?: string;
}

const stop = z.object({ by: z.string(), why: z.string(), since: z.string() });
const answerSchema = z.object({ stopped: z.boolean(), stops: z.array(stop), removed: z.array(stop).optional() });
type Answer = z.infer<typeof answerSchema>;

export const stopList: Subcommand = (run) =>
  new Command('stop')
    .description('the stop list: nobody on it gets a memo, by force neither')
    .addCommand(about(run, 'add', '/stops', 'put somebody on it').option('--why <text>', 'shown with their memos'))
    .addCommand(about(run, 'remove', '/stops/remove', 'take somebody off it, whoever put them on'))
    .addCommand(about(run, 'show', '/stops/show', 'whether somebody is on it, why, and since when'));

const about = (run: Run, name: string, path: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option('--chat <id>', 'by the id of the chat', chatId)
    .option('--phone <number>', 'by the number of the person', phone)
    .action(run<Options>(asking(path)));

const asking =
  (path: string): Work<Options> =>
  async ({ screen, bridge: open }, { chat, phone: number, why }) => {
    if ((chat === undefined) === (number === undefined)) throw new Misuse('stop takes --chat or --phone');
    const whom = chat === undefined ? { phone: number } : { chat };
    const body = { ...whom, ...(why !== undefined && { why }) };
    const bridge = await open();
    tell(screen, chat ?? number ?? '', await bridge.ask(answerSchema, 'POST', path, { body }));
    return 0;
  };

const tell = (screen: Screen, whom: string, { stopped, stops, removed }: Answer): void => {
  screen.result({ stopped, stops, ...(removed && { removed }) });
  if (removed && removed.length > 0) screen.line(`${whom} is off the stop list`);
  else if (!stopped) screen.line(`${whom} is not on the stop list`);
  else screen.line(`${whom} is on the stop list:`);
  for (const { why, since } of stops) screen.line(`  ${why}, since ${since}`);
};
