import { Command } from 'commander';
import * as z from 'zod';
import { phone } from './base/arguments.ts';
import type { Subcommand } from './base/context.ts';
import { Failure } from './base/failure.ts';
import { type Ask, linqAsker } from './base/linq.ts';

const MAX_PAGES = 50;

const pageSchema = z.object({
  chats: z.array(
    z.object({
      id: z.string(),
      is_group: z.boolean(),
      service: z.string().nullish(),
      health_status: z.object({ status: z.string() }).nullish(),
      handles: z.array(z.object({ handle: z.string(), is_me: z.boolean().nullish() })).default([]),
    }),
  ),
  next_cursor: z.string().nullish(),
});

export const chats: Subcommand = (run) =>
  new Command('chats')
    .description("find a chat's id by the person's number")
    .requiredOption('--phone <number>', 'the person', phone)
    .option('--line <number>', 'only chats with this line', phone)
    .action(
      run<{ phone: string; line?: string }>(async ({ output, runtime, secrets, stage }, { phone: to, line }) => {
        const ask = linqAsker({ secrets, baseUrl: runtime.environment.LINQ_API_V3_BASE_URL, stage });
        const found = await list(ask, { to, ...(line && { from: line }) });
        output.result({ chats: found });
        output.table(
          found.map(({ id, group, service, health, line }) => [
            id,
            line === undefined ? '' : `line ${output.party(line)}`,
            group ? output.paint('yellow', 'group') : (service ?? ''),
            health,
          ]),
        );
        if (found.length > 0) return 0;
        output.line('Linq has no chat with that number. A chat begins when the person texts the line');
        return 1;
      }),
    );

/** One-to-one chats first: Linq's filter also finds groups with the number. */
const list = async (ask: Ask, whom: { to: string; from?: string }) => {
  const found: { id: string; group: boolean; service: string | null; health: string; line?: string }[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const query = { ...whom, limit: 100, ...(cursor && { cursor }) };
    // The raw answer, since the SDK makes an empty page of any 2xx. Read inside the call, which ends the connection.
    const answer = await ask(async (linq, signal) => {
      const response = await linq.chats.listChats(query, { signal }).asResponse();
      return response.json().catch(() => undefined);
    });
    const page = pageSchema.safeParse(answer);
    if (!page.success)
      throw new Failure("this version of Aftercall cannot read Linq's list of chats: update Aftercall");
    for (const { id, is_group, service, health_status, handles } of page.data.chats) {
      const line = handles.find(({ is_me }) => is_me)?.handle;
      const health = health_status?.status ?? '';
      found.push({ id, group: is_group, service: service ?? null, health, ...(line !== undefined && { line }) });
    }
    cursor = page.data.next_cursor || undefined;
    if (!cursor) break;
  }
  return found.sort((a, b) => Number(a.group) - Number(b.group));
};
