import { Command } from 'commander';
import * as z from 'zod';
import { chatId, count, phone, state, time } from './base/arguments.ts';
import type { Subcommand } from './base/context.ts';
import { goesTo, type Memo, memoSchema, painted, shortTime } from './base/memo.ts';
import type { Output } from './base/output.ts';

interface Options {
  state?: string;
  source?: string;
  call?: string;
  chat?: string;
  phone?: string;
  since?: string;
  until?: string;
  limit: number;
  next?: string;
}

const pageSchema = z.object({
  memos: z.array(memoSchema),
  looked_through: z.number().optional(),
  next: z.string().optional(),
});
/** The most memos of one answer. */
const PAGE = 100;

export const memos: Subcommand = (run) =>
  new Command('memos')
    .description('list memos, newest first')
    .option('--state <state>', 'only memos in this state', state)
    .option('--source <source>', 'only memos of this source')
    .option('--call <id>', 'only memos of this call')
    .option('--chat <id>', 'only memos of this chat', chatId)
    .option('--phone <number>', 'only memos of this person', phone)
    .option('--since <time>', 'only memos that came in since then: a date, a time in UTC, or 2h', time)
    .option('--until <time>', 'only memos that came in before then', time)
    .option('--limit <number>', 'how many memos', count, 20)
    .option('--next <mark>', 'go on where a list has ended')
    .action(
      run<Options>(async ({ output, bridge: open }, { limit, next: mark, phone, ...filter }) => {
        const bridge = await open();
        const found: Memo[] = [];
        let next = mark;
        let lookedThrough = 0;
        do {
          const query = { ...filter, limit: String(Math.min(PAGE, limit - found.length)), next };
          const page = phone
            ? await bridge.ask(pageSchema, 'POST', '/memos/find', { body: { ...query, phone } })
            : await bridge.ask(pageSchema, 'GET', '/memos', { query });
          found.push(...page.memos);
          next = page.next;
          lookedThrough += page.looked_through ?? 0;
          if (next && lookedThrough > 0) output.progress(`${lookedThrough} memos searched …`);
        } while (next && found.length < limit);
        output.result({ memos: found, ...(next && { next }) });
        if (found.length === 0) {
          output.line('no memo matches');
          return 0;
        }
        output.table([
          HEADER.map((name) => output.paint('dim', name)),
          ...found.map((memo) => [
            output.paint('dim', shortTime(memo.created_at ?? memo.history[0]?.at ?? '')),
            painted(output, memo.state),
            memo.source,
            memo.id,
            partiesOf(output, memo),
            goesTo(output, memo),
            output.paint('dim', whyOf(memo)),
          ]),
        ]);
        if (next) output.line(output.paint('dim', `there are more memos: add --limit ${limit * 2}, or --next ${next}`));
        return 0;
      }),
    );

const HEADER = ['came in (UTC)', 'state', 'source', 'memo', 'from → to', 'goes to', 'why'];

/** Who called whom, masked, as far as the source has told. */
const partiesOf = (output: Output, { recording: { from, to } }: Memo): string =>
  from || to ? `${from ? output.party(from) : '?'} → ${to ? output.party(to) : '?'}` : '';

/** The cause in the table's words, and the reason where it says more. */
const whyOf = ({ cause, reason = '' }: Memo): string =>
  cause === undefined || reason.startsWith(cause.what)
    ? reason
    : reason === ''
      ? cause.what
      : `${cause.what} (${reason})`;
