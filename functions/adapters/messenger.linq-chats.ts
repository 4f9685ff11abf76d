import * as z from 'zod';
import type { NotSent } from '../core/ports/ports.ts';
import { readJson } from '../core/source/read-json.ts';

const MAX_PAGES = 50;

const chatsSchema = z.object({
  chats: z.array(z.object({ id: z.guid(), is_group: z.boolean() })),
  next_cursor: z.string().nullish(),
});
const openedSchema = z.object({ chat: z.object({ id: z.guid() }) });

const unreadable: NotSent = { kind: 'not-now', waitsFor: 'linq', reason: "Linq's answer about chats cannot be read" };

/** The one-to-one chats of a list. Linq's filter by number also finds the person's group chats. */
export const readChats = async (
  ask: (query: { limit: number; cursor?: string }) => Promise<Response>,
): Promise<{ kind: 'chats'; chats: readonly string[] } | NotSent> => {
  const found = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await read(chatsSchema, await ask({ limit: 100, ...(cursor && { cursor }) }));
    if (!page) return unreadable;
    for (const { id, is_group } of page.chats) if (!is_group) found.add(id.toLowerCase());
    cursor = page.next_cursor || undefined;
    if (!cursor) return { kind: 'chats', chats: [...found] };
  }
  return { ...unreadable, reason: "Linq's list of chats has no end" };
};

/** The id of the chat that a first message has opened. */
export const readOpened = async (answer: Response): Promise<{ kind: 'chat'; chat: string } | NotSent> => {
  const opened = await read(openedSchema, answer);
  return opened ? { kind: 'chat', chat: opened.chat.id.toLowerCase() } : unreadable;
};

const read = async <T>(schema: z.ZodType<T>, answer: Response): Promise<T | undefined> =>
  schema.safeParse(readJson(new Uint8Array(await answer.arrayBuffer()))).data;
