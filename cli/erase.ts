import { Command } from 'commander';
import * as z from 'zod';
import { erasureInWords } from '../functions/core/operate/erase-memos.ts';
import { phone } from './base/arguments.ts';
import { confirm } from './base/ask.ts';
import type { BridgeApi } from './base/bridge.ts';
import type { Subcommand } from './base/context.ts';
import { Failure, Misuse } from './base/failure.ts';
import { goesTo, memoIdArgument, memoSchema } from './base/memo.ts';
import type { Output } from './base/output.ts';

interface Options {
  phone?: string;
  call?: string;
  dryRun?: true;
  yes?: true;
}

const erasedSchema = z.object({
  counts: z.record(z.string(), z.number()),
  erased: z.array(z.string()),
  objects: z.number(),
  linq_copies: z.number(),
  left: z.array(z.object({ memo: z.string(), reason: z.string() })),
  queued: z.object({ messages: z.number(), until: z.string() }).optional(),
  next: z.string().optional(),
});
type Sum = Omit<z.infer<typeof erasedSchema>, 'next'>;
type Erased = Sum & { dry_run: boolean; says: string };

export const erase: Subcommand = (run) =>
  new Command('erase')
    .description("erase memos: their audio, their rows and Linq's copies; shows first what it would delete, and asks")
    .argument('[id]', 'the memo')
    .option('--phone <number>', 'all memos of this person', phone)
    .option('--call <id>', 'all memos of this call')
    .option('--dry-run', 'only show what would be deleted')
    .option('--yes', 'do not ask')
    .action(
      run<Options>(async ({ output, runtime, bridge: open }, options, id) => {
        if ([id, options.phone, options.call].filter((given) => given !== undefined).length !== 1)
          throw new Misuse('erase needs a memo id, or --phone, or --call, and only one of them');
        if (id !== undefined) memoIdArgument(id);
        if (!output.person && !options.yes && !options.dryRun)
          throw new Misuse('erase asks first, and there is no terminal to ask at: add --yes, or --dry-run');
        const bridge = await open();
        const go = (dryRun: boolean) => all(bridge, output, options, id, dryRun);
        if (options.dryRun) return tell(output, await go(true));
        if (!options.yes) {
          output.line(await whatIsMeant(bridge, output, options, id));
          describe(output, await go(true));
          if (!(await confirm(runtime, 'This cannot be undone. Erase?')))
            throw new Failure('nothing was erased', 'declined');
        }
        return tell(output, await go(false));
      }),
    );

const whatIsMeant = async (bridge: BridgeApi, output: Output, options: Options, id: string | undefined) => {
  if (options.phone !== undefined) return `Every memo of calls from, to and with ${options.phone}.`;
  if (options.call !== undefined) return `Every memo of call ${options.call}.`;
  const memo = await bridge.ask(memoSchema, 'GET', `/memos/${id}`);
  return `${memo.id}, ${memo.state}: recording ${memo.recording.id} of ${memo.source}, for ${goesTo(output, memo)}.`;
};

/** Page by page, with one sentence about all pages. */
const all = async (
  bridge: BridgeApi,
  output: Output,
  options: Options,
  id: string | undefined,
  dryRun: boolean,
): Promise<Erased> => {
  const query = dryRun ? { query: { dry_run: 'true' } } : {};
  const whom = options.phone === undefined ? { call: options.call } : { phone: options.phone };
  const sum: Sum = { counts: {}, erased: [], objects: 0, linq_copies: 0, left: [] };
  let next: string | undefined;
  do {
    const body = { ...whom, ...(next && { next }) };
    const asked =
      id === undefined
        ? bridge.ask(erasedSchema, 'POST', '/erase', { body, ...query })
        : bridge.ask(erasedSchema, 'DELETE', `/memos/${id}`, query);
    const page = await asked.catch((error) => {
      if (sum.erased.length === 0 || dryRun) throw error;
      throw new Failure(
        `after ${sum.erased.length} memos: ${error.message}; run the same command again for the rest`,
        error.code,
      );
    });
    for (const [state, count] of Object.entries(page.counts)) sum.counts[state] = (sum.counts[state] ?? 0) + count;
    sum.erased.push(...page.erased);
    sum.left.push(...page.left);
    sum.objects += page.objects;
    sum.linq_copies += page.linq_copies;
    if (page.queued) sum.queued = page.queued;
    next = page.next;
    if (next) output.progress(`${sum.erased.length} memos …`);
  } while (next);
  return { dry_run: dryRun, says: erasureInWords({ ...sum, linqCopies: sum.linq_copies }, dryRun), ...sum };
};

const describe = (output: Output, { says, left, queued }: Erased): void => {
  output.line(says);
  for (const { memo, reason } of left) output.line(`${output.paint('red', 'left')} ${memo}: ${reason}`);
  if (!queued) return;
  const { messages, until } = queued;
  const waiting = messages === 1 ? '1 message waits' : `${messages} messages wait`;
  output.line(
    `${waiting} in the queues. Those of the erased memos are dropped when their turn comes, by ${until} at the latest`,
  );
};

/** Ends with 1 where a memo is left: run the command again later. */
const tell = (output: Output, erased: Erased): number => {
  output.result(erased);
  describe(output, erased);
  return erased.left.length > 0 && !erased.dry_run ? 1 : 0;
};
