import { Command } from 'commander';
import * as z from 'zod';
import { count, state } from './base/arguments.ts';
import type { Subcommand } from './base/kit.ts';
import { goesTo, type Memo, memoSchema, painted, shortTime } from './base/memo.ts';

interface Options {
  state?: string;
  source?: string;
  call?: string;
  limit: number;
  next?: string;
}

const pageSchema = z.object({ memos: z.array(memoSchema), next: z.string().optional() });
/** What the API gives at once. */
const PAGE = 100;

export const memos: Subcommand = (run) =>
  new Command('memos')
    .description('what became of the recordings, newest first')
    .option('--state <state>', 'only those in this state', state)
    .option('--source <source>', 'only those of this source')
    .option('--call <id>', 'only those of this call')
    .option('--limit <number>', 'how many', count, 20)
    .option('--next <mark>', 'read on from where a list has ended')
    .action(
      run<Options>(async ({ screen, bridge: open }, { limit, next: mark, ...filter }) => {
        const bridge = await open();
        const found: Memo[] = [];
        let next = mark;
        do {
          const query = { ...filter, limit: String(Math.min(PAGE, limit - found.length)), next };
          const page = await bridge.ask(pageSchema, 'GET', '/memos', { query });
          found.push(...page.memos);
          next = page.next;
        } while (next && found.length < limit);
        screen.result({ memos: found, ...(next && { next }) });
        if (found.length === 0) screen.line('no memo matches');
        screen.table(
          found.map((memo) => [
            screen.paint('dim', shortTime(memo.createdAt ?? memo.history[0]?.at ?? '')),
            painted(screen, memo.state),
            memo.source,
            memo.id,
            goesTo(screen, memo),
            screen.paint('dim', memo.reason ?? ''),
          ]),
        );
        if (next) screen.line(screen.paint('dim', `there are more: --limit ${limit * 2}, or --next ${next}`));
        return 0;
      }),
    );
