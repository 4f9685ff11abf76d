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

/** The most memos of one request, so that it ends in time. */
const AT_ONCE = '100';

const answerSchema = z.object({
  memos: z.array(z.object({ id: z.string(), state: z.string(), plan: z.string() })),
  next: z.string().optional(),
});

export const replay: Subcommand = (run) =>
  new Command('replay')
    .description('try memos again: one, or all of a state; shows first what it would do, and asks')
    .argument('[id]', 'the memo')
    .option('--state <state>', 'all memos in this state', state)
    .option('--source <source>', 'of these, only memos of this source')
    .option('--call <id>', 'of these, only memos of this call')
    .option('--since <time>', 'of these, only memos since this time', time)
    .option('--until <time>', 'of these, only memos before this time', time)
    .option('--chat <id>', 'the chat for a memo without a target; only with an id', chatId)
    .option('--dry-run', 'only show what it would do')
    .option('--force', 'also send memos again that were sent or may have been, without asking Linq first')
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
          if (!(await confirm(runtime, 'Replay?'))) throw new Failure('nothing was replayed', 'declined');
        }
        return tell(output, await go(false), false);
      }),
    );

/** Plans by which a replay does something. */
const DOES: readonly ReplayPlan[] = ['send', 'ask', 'fetch', 'route'];

const check = (options: Options, id: string | undefined): void => {
  const { state, source, call, since, until, chat } = options;
  if (id !== undefined) memoIdArgument(id);
  if ((id === undefined) === (state === undefined))
    throw new Misuse('replay needs a memo id or --state, and only one of them');
  if (id !== undefined && (source ?? call ?? since ?? until) !== undefined)
    throw new Misuse('--source, --call, --since and --until need --state');
  if (id === undefined && chat !== undefined) throw new Misuse('--chat needs a memo id');
};

/** Page by page, with one sentence about all pages. */
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
      throw new Failure(
        `after ${memos.length} memos: ${error.message}; run the same command again for the rest`,
        error.code,
      );
    });
    memos.push(...page.memos);
    next = page.next;
    if (next) output.progress(`${memos.length} memos …`);
  } while (next);
  const plans = memos.map(({ plan }) => plan as ReplayPlan); // the command and the API are of one version
  const counts: Record<string, number> = {};
  for (const plan of plans) counts[plan] = (counts[plan] ?? 0) + 1;
  return { says: inWords(plans, dryRun), counts, memos };
};

const tell = (output: Output, { says, counts, memos }: Replayed, dryRun: boolean): number => {
  output.line(says);
  output.result({ dry_run: dryRun, says, counts, memos });
  return 0;
};
