import { Argument, Command } from 'commander';
import type * as z from 'zod';
import { eventPayload, sourceList } from '../functions/http/source-schemas.ts';
import type { Context, Subcommand } from './base/context.ts';
import { Misuse } from './base/failure.ts';
import { shortTime } from './base/memo.ts';
import type { Output } from './base/output.ts';
import { followEvents, lastEvents } from './source-events.ts';

interface Options {
  follow?: true;
  payload?: string;
}

/** What came from each source lately, and what became of it; of one source also its last webhooks. */
export const sourcesCommand: Subcommand = (run) =>
  new Command('sources')
    .description('show the last webhooks and objects of each source, and why some were refused')
    .addArgument(new Argument('[source]', 'also the last webhooks of this source'))
    .option('--follow', 'then print webhooks and their outcomes as they come, until Ctrl-C')
    .option('--payload <event>', 'the masked payload of a webhook, where bridge.config.ts has inspect: true')
    .action(
      run<Options>(async (context, { follow, payload }, name) => {
        if (name === undefined && (follow || payload !== undefined))
          throw new Misuse('--follow and --payload need a source: npx aftercall sources twilio --follow');
        if (name !== undefined && payload !== undefined) return showPayload(context, name, payload);
        const bridge = await context.bridge();
        const all = (await bridge.ask(sourceList, 'GET', '/sources')).sources;
        const sources = all.filter((each) => name === undefined || each.name === name);
        if (sources.length === 0) throw new Misuse(`the configuration has no source ${name}`);
        if (!follow || !context.output.json) show(context.output, sources, name);
        if (name === undefined) context.output.result({ sources });
        else if (follow) await followEvents(context, name);
        else context.output.result({ sources, ...(await lastEvents(context, name)) });
        return 0;
      }),
    );

const showPayload = async ({ output, bridge: open }: Context, name: string, event: string): Promise<number> => {
  const path = `/sources/${encodeURIComponent(name)}/events/${encodeURIComponent(event)}/payload`;
  const answer = await (await open()).ask(eventPayload, 'GET', path);
  output.line(answer.payload);
  output.result(answer);
  return 0;
};

type Seen = z.infer<typeof sourceList>['sources'];

const show = (output: Output, sources: Seen, only: string | undefined): void => {
  const heard = sources.filter((each) => only !== undefined || each.last_accepted_at || each.refused || each.ignored);
  for (const source of heard) showOne(output, source);
  const silent = sources.filter((each) => !heard.includes(each)).map(({ name }) => name);
  if (silent.length > 0) output.line(output.paint('dim', `nothing yet: ${silent.join(', ')}`));
};

const showOne = (output: Output, { name, last_accepted_at: last, ...source }: Seen[number]): void => {
  const { accepted_today: accepted, refused, ignored } = source;
  const memos = last ? `${accepted} accepted today, the last memo ${shortTime(last)}` : 'no memo yet';
  output.line(`${output.paint('bold', name.padEnd(20))}${memos}`);
  if (refused) {
    const { today, since, last_at, says, reason, likely_causes } = refused;
    const when = since ? `${today} refused since ${shortTime(since)}` : 'none refused today';
    output.line(`  ${output.paint(since ? 'red' : 'dim', `${when}, the last one ${shortTime(last_at)}: ${says}`)}`);
    output.line(`    ${output.paint('dim', reason)}`);
    if (since) for (const cause of likely_causes) output.line(`    likely cause: ${cause}`);
  }
  if (ignored) {
    const { today, last_at, reason } = ignored;
    output.line(output.paint('dim', `  ${today} ignored today, the last one ${shortTime(last_at)}: ${reason}`));
  }
};
