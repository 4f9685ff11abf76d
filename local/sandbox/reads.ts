import type Linq from '@linqapp/sdk';
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { Refusal, readChatId, readUuid } from './refusals.ts';
import { chatShape, listChats, messageShape, messagesOf, sandboxLine } from './shapes.ts';
import type { SandboxWorld } from './world.ts';

/** The read-only routes: chats, their messages, the line. */
export function readRoutes(world: SandboxWorld): Hono {
  const { store } = world;
  const routes = new Hono();

  routes.get('/chats', (c) => {
    const from = readHandle(c.req.query('from'), z.e164());
    const to = readHandle(c.req.query('to'), z.e164().or(z.email()));
    const chats = listChats(store)
      .map((chat) => chatShape(chat, world))
      .filter(({ handles }) => to === undefined || handles.some(({ handle }) => handle === to))
      .filter(({ handles }) => from === undefined || handles.some(({ handle }) => handle === from));
    const { items, next_cursor } = page(chats, c);
    return c.json({ chats: items, next_cursor });
  });

  routes.get('/chats/:chatId', (c) => {
    const chatId = readChatId(c.req.param('chatId'));
    return c.json(chatShape([chatId, messagesOf(store, chatId)], world));
  });

  routes.get('/chats/:chatId/messages', (c) => {
    const chatId = readChatId(c.req.param('chatId'));
    const { items, next_cursor } = page(messagesOf(store, chatId), c);
    return c.json({ messages: items.map((message) => messageShape(message, world)), next_cursor });
  });

  routes.get('/messages/:messageId', (c) => {
    const messageId = readUuid(c.req.param('messageId'));
    const message = store.messages.find(({ id }) => id === messageId);
    if (!message) throw new Refusal('notFound');
    return c.json(messageShape(message, world));
  });

  routes.get('/phone_numbers', (c) => {
    const health = {
      status: 'HEALTHY',
      doc_url: 'https://docs.linqapp.com/guides/phone-numbers/phone-reputation',
    } as const;
    const line = { id: lineId, phone_number: sandboxLine, reputation: health, health_status: health };
    const answer: Linq.PhoneNumberListResponse = { phone_numbers: [{ ...line, forwarding_number: null }] };
    return c.json(answer);
  });

  return routes;
}

const lineId = '7c9b6f0e-3d52-4c1b-9a53-5f0a1c2e4b60';

function readHandle(text: string | undefined, schema: z.ZodType<string>): string | undefined {
  const handle = schema.optional().safeParse(text);
  if (!handle.success) throw new Refusal('notE164');
  return handle.data;
}

/** Default and maximum of chats (API reference); Linq documents none for messages. Its sample cursor is an offset. */
const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().regex(/^\d+$/).transform(Number).default(0),
});

function page<T>(all: readonly T[], c: Context): { items: T[]; next_cursor: string | null } {
  const query = pageSchema.safeParse(c.req.query());
  if (!query.success) throw new Refusal('badValue', { detail: query.error.issues[0]?.path.join('.') ?? '' });
  const { limit, cursor } = query.data;
  const end = cursor + limit;
  return { items: all.slice(cursor, end), next_cursor: end < all.length ? String(end) : null };
}
