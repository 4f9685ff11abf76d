import type Linq from '@linqapp/sdk';
import { Hono } from 'hono';
import * as z from 'zod';
import { Refusal, readBody } from './refusals.ts';
import { chatShape, handle, messagesOf } from './shapes.ts';
import type { OpenedChat } from './store.ts';
import type { SandboxWorld } from './world.ts';

/**
 * `POST /v3/chats` opens the chat of a line with a person, by a first text message. The same two numbers are the same
 * chat, as at Linq. Every line is one of this account's: the sandbox cannot know which lines you will have.
 */
export function chatRoutes(world: SandboxWorld): Hono {
  const { store } = world;
  return new Hono().post('/', async (c) => {
    const { from, to, message } = await readBody(c, chatSchema);
    const [person, ...others] = to;
    if (person === undefined || others.length > 0) {
      throw new Refusal('badValue', { detail: 'to: the sandbox opens chats with one person' });
    }
    for (const number of [from, person]) if (!z.e164().safeParse(number).success) throw new Refusal('notE164');
    const text = message.parts.map(({ value }) => value).join('\n');
    if (/https?:\/\/|www\./i.test(text)) {
      throw new Refusal('badValue', { detail: 'message: the first message of a chat may have no link' });
    }
    const known = store.openedChats().find((chat) => chat.line === from && chat.recipient === person);
    return c.json(openedShape(known ?? store.openChat({ line: from, recipient: person, text }), world), 201);
  });
}

const chatSchema = z.strictObject({
  from: z.string(),
  to: z.array(z.string()).min(1).max(31),
  message: z.strictObject({
    parts: z.array(z.strictObject({ type: z.literal('text'), value: z.string().min(1).max(10_000) })).min(1),
    idempotency_key: z.string().max(255).optional(),
  }),
});

function openedShape(chat: OpenedChat, world: SandboxWorld): Linq.ChatCreateResponse {
  const { id, line, text, createdAt, messageId } = chat;
  const { display_name, handles, health_status } = chatShape([id, messagesOf(world.store, id)], world);
  const message: Linq.Chats.SentMessage = {
    id: messageId,
    created_at: createdAt,
    delivery_status: 'queued',
    is_read: false,
    parts: [{ type: 'text', value: text, reactions: null }],
    sent_at: null,
    from_handle: handle(line, true, createdAt),
    service: 'iMessage',
  };
  return {
    chat: {
      id,
      display_name: display_name ?? null,
      handles,
      health_status,
      is_group: false,
      message,
      service: 'iMessage',
    },
  };
}
