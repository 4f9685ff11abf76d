import { Command } from 'commander';
import { sourceList } from '../functions/http/source-schemas.ts';
import type { Subcommand } from './base/context.ts';
import { shortTime } from './base/memo.ts';

/** What came from each source lately, and what became of it. */
export const sourcesCommand: Subcommand = (run) =>
  new Command('sources')
    .description('show what came from each source, and why webhooks and objects were refused')
    .option('--source <source>', 'only this source')
    .action(
      run<{ source?: string }>(async ({ output, bridge: open }, { source: only }) => {
        const bridge = await open();
        const all = (await bridge.ask(sourceList, 'GET', '/sources')).sources;
        const sources = all.filter(({ name }) => only === undefined || name === only);
        output.result({ sources });
        const heard = sources.filter((each) => each.last_accepted_at || each.refused || each.ignored);
        for (const { name, last_accepted_at: last, refused, ignored } of heard) {
          output.line(
            `${output.paint('bold', name.padEnd(20))}${last ? `last memo ${shortTime(last)}` : 'no memo yet'}`,
          );
          if (refused) {
            const { today, since, last_at, says, reason, likely_causes } = refused;
            const when = since ? `${today} refused since ${shortTime(since)}` : 'none refused today';
            output.line(
              `  ${output.paint(since ? 'red' : 'dim', `${when}, the last one ${shortTime(last_at)}: ${says}`)}`,
            );
            output.line(`    ${output.paint('dim', reason)}`);
            if (since) for (const cause of likely_causes) output.line(`    likely cause: ${cause}`);
          }
          if (ignored)
            output.line(
              output.paint(
                'dim',
                `  ${ignored.today} ignored today, the last one ${shortTime(ignored.last_at)}: ${ignored.reason}`,
              ),
            );
        }
        const silent = sources.filter((each) => !heard.includes(each)).map(({ name }) => name);
        if (silent.length > 0) output.line(output.paint('dim', `nothing yet: ${silent.join(', ')}`));
        if (sources.length === 0) output.line(`the configuration has no source ${only}`);
        return 0;
      }),
    );
