import { Command } from 'commander';
import * as z from 'zod';
import { inWords, type ReplayPlan } from '../functions/core/operate/replay-memos.ts';
import { chatId, state, time } from './base/arguments.ts';
import { confirm } from './base/ask.ts';
import type { BridgeApi } from './base/bridge.ts';
import type { Subcommand } from './base/context.ts';
import { Failure, Misuse } from './base/failure.ts';
import { memoIdArgument } from './base/memo.ts';
import type { Output } from './base/output.ts';

interface Options {
  state?: string;
  source?: string;
  call?: string;
  since?: string;
  until?: string;
  chat?: string;
  dryRun?: true;
  force?: true;
  yes?: true;
}
interface Replayed {
  says: string;
  counts: Record<string, number>;
  memos: z.infer<typeof answerSchema>['memos'];
}

/** How many are asked for at once, so that one request ends in time. */
const AT_ONCE = '100';

const answerSchema = z.object({
  memos: z.array(z.object({ id: z.string(), state: z.string(), plan: z.string() })),
  next: z.string().optional(),
});

export const replay: Subcommand = (run) =>
  new Command('replay')
    .description('try memos again: one, or all of a state; at a terminal it says first what it would do, and asks')
    .argument('[id]', 'the memo')
    .option('--state <state>', 'all that are in this state', state)
    .option('--source <source>', 'of these, those of this source')
    .option('--call <id>', 'of these, those of this call')
    .option('--since <time>', 'of these, those since then', time)
    .option('--until <time>', 'of these, those before then', time)
    .option('--chat <id>', 'where a memo without a target goes; with an id only', chatId)
    .option('--dry-run', 'only say what it would do')
    .option('--force', 'also what was sent, and what may have been, without asking Linq first')
    .option('--yes', 'do not ask')
    .action(
      run<Options>(async ({ output, runtime, bridge: open }, options, id) => {
        check(options, id);
        const bridge = await open();
        const go = (dryRun: boolean) => all(bridge, output, options, id, dryRun);
        if (options.dryRun) return tell(output, await go(true), true);
        if (output.person && !options.yes) {
          const { says, counts } = await go(true);
          output.line(says);
          if (!DOES.some((plan) => counts[plan])) return 0;
          if (!(await confirm(runtime, 'Do it?'))) throw new Failure('nothing was replayed', 'declined');
        }
        return tell(output, await go(false), false);
      }),
    );

/** Plans by which something happens. */
const DOES: readonly ReplayPlan[] = ['send', 'ask', 'fetch', 'route'];

const check = (options: Options, id: string | undefined): void => {
  const { state, source, call, since, until, chat } = options;
  if (id !== undefined) memoIdArgument(id);
  if ((id === undefined) === (state === undefined)) throw new Misuse('replay takes a memo id, or --state');
  if (id !== undefined && (source ?? call ?? since ?? until) !== undefined)
    throw new Misuse('--source, --call, --since and --until go with --state');
  if (id === undefined && chat !== undefined) throw new Misuse('--chat goes with a memo id');
};

/** Page by page; the sentence is said of them all. */
const all = async (
  bridge: BridgeApi,
  output: Output,
  { state, source, call, since, until, chat, force }: Options,
  id: string | undefined,
  dryRun: boolean,
): Promise<Replayed> => {
  const flags = { ...(dryRun && { dry_run: 'true' }), ...(force && { force: 'true' }) };
  const memos: Replayed['memos'] = [];
  let next: string | undefined;
  do {
    const query = id === undefined ? { state, source, call, since, until, limit: AT_ONCE, next } : { chat };
    const path = id === undefined ? '/replay' : `/memos/${id}/replay`;
    const page = await bridge.ask(answerSchema, 'POST', path, { query: { ...query, ...flags } }).catch((error) => {
      if (memos.length === 0 || dryRun) throw error;
      throw new Failure(`after ${memos.length} memos: ${error.message}; the same again does the rest`, error.code);
    });
    memos.push(...page.memos);
    next = page.next;
    if (next) output.progress(`${memos.length} memos …`);
  } while (next);
  const plans = memos.map(({ plan }) => plan as ReplayPlan); // of the same version as the API that names them
  const counts: Record<string, number> = {};
  for (const plan of plans) counts[plan] = (counts[plan] ?? 0) + 1;
  return { says: inWords(plans, dryRun), counts, memos };
};

const tell = (output: Output, { says, counts, memos }: Replayed, dryRun: boolean): number => {
  output.line(says);
  output.result({ dry_run: dryRun, says, counts, memos });
  return 0;
};
