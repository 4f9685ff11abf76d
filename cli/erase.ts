import { Command } from 'commander';
import * as z from 'zod';
import { phone } from './base/arguments.ts';
import { confirm } from './base/ask.ts';
import type { BridgeApi } from './base/bridge.ts';
import { Failure, Misuse } from './base/failure.ts';
import type { Subcommand } from './base/kit.ts';
import { goesTo, memoIdArgument, memoSchema } from './base/memo.ts';
import type { Screen } from './base/screen.ts';

interface Options {
  phone?: string;
  call?: string;
  yes?: true;
}

const erasedSchema = z.object({
  erased: z.array(z.string()),
  objects: z.number(),
  linq_copies: z.number(),
  left: z.array(z.object({ memo: z.string(), why: z.string() })),
  next: z.string().optional(),
});
type Erased = Omit<z.infer<typeof erasedSchema>, 'next'>;

export const erase: Subcommand = (run) =>
  new Command('erase')
    .description("erase memos: their audio, their rows, and Linq's copies")
    .argument('[id]', 'the memo')
    .option('--phone <number>', 'all of this person', phone)
    .option('--call <id>', 'all of this call')
    .option('--yes', 'do not ask')
    .action(
      run<Options>(async ({ screen, surroundings, bridge: open }, options, id) => {
        if ([id, options.phone, options.call].filter((given) => given !== undefined).length !== 1)
          throw new Misuse('erase takes a memo id, or --phone, or --call');
        if (id !== undefined) memoIdArgument(id);
        if (!screen.person && !options.yes) throw new Misuse('erase asks at a terminal; elsewhere it takes --yes');
        const bridge = await open();
        if (!options.yes) {
          screen.line(await whatIsMeant(bridge, screen, options, id));
          if (!(await confirm(surroundings, 'It cannot be undone. Erase?')))
            throw new Failure('nothing was erased', 'declined');
        }
        return tell(screen, await eraseAll(bridge, screen, options, id));
      }),
    );

const whatIsMeant = async (bridge: BridgeApi, screen: Screen, options: Options, id: string | undefined) => {
  if (options.phone !== undefined) return `Every memo of calls from, to and with ${options.phone}.`;
  if (options.call !== undefined) return `Every memo of call ${options.call}.`;
  const memo = await bridge.ask(memoSchema, 'GET', `/memos/${id}`);
  return `${memo.id}, ${memo.state}: recording ${memo.recording.id} of ${memo.source}, for ${goesTo(screen, memo)}.`;
};

const eraseAll = async (bridge: BridgeApi, screen: Screen, options: Options, id: string | undefined) => {
  if (id !== undefined) return bridge.ask(erasedSchema, 'DELETE', `/memos/${id}`);
  const whom = options.phone === undefined ? { call: options.call } : { phone: options.phone };
  const all: Erased = { erased: [], objects: 0, linq_copies: 0, left: [] };
  let next: string | undefined;
  do {
    const body = { ...whom, ...(next && { next }) };
    const page = await bridge.ask(erasedSchema, 'POST', '/erase', { body }).catch((error) => {
      if (all.erased.length === 0) throw error;
      throw new Failure(`after ${all.erased.length} memos: ${error.message}; the same again does the rest`, error.code);
    });
    all.erased.push(...page.erased);
    all.left.push(...page.left);
    all.objects += page.objects;
    all.linq_copies += page.linq_copies;
    next = page.next;
    if (next) screen.progress(`${all.erased.length} memos …`);
  } while (next);
  return all;
};

/** What is left is a reason to come again, so it ends with 1. */
const tell = (screen: Screen, { erased, objects, linq_copies, left }: Erased): number => {
  screen.result({ erased, objects, linq_copies, left });
  if (erased.length + left.length === 0) screen.line('no memo matches');
  else
    screen.line(
      `erased: ${several(erased.length, 'memo')} and ${several(objects, 'object')}; Linq deletes ${several(linq_copies, 'copy', 'copies')}`,
    );
  for (const { memo, why } of left) screen.line(`${screen.paint('red', 'left')} ${memo}: ${why}`);
  return left.length > 0 ? 1 : 0;
};

const several = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;
