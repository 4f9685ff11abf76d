import { createHash } from 'node:crypto';
import type Linq from '@linqapp/sdk';
import type { Attachment, Message, SandboxStore } from './store.ts';
import type { SandboxWorld } from './world.ts';

/** The one line of the sandbox's account (the sender in the API reference's samples). */
export const sandboxLine = '+12052535597';

/** A chat id and its messages, newest first. */
export type ChatRecord = [chatId: string, messages: readonly Message[]];

/** Every chat that holds a message, the one with the newest message first; then chats that were only opened. */
export function listChats(store: SandboxStore): ChatRecord[] {
  const chats = Map.groupBy(store.messages.toReversed(), ({ chatId }) => chatId);
  for (const { id } of store.openedChats().toReversed()) if (!chats.has(id)) chats.set(id, []);
  return [...chats];
}

/** The messages of one chat, newest first. */
export function messagesOf(store: SandboxStore, chatId: string): Message[] {
  return store.messages.filter((message) => message.chatId === chatId).reverse();
}

/** The two numbers of a chat. Of a chat that was not opened by its numbers they are invented, and always the same. */
export function partiesOf(chatId: string, store: SandboxStore): { line: string; recipient: string } {
  const opened = store.openedChats().find(({ id }) => id === chatId);
  return opened ?? { line: sandboxLine, recipient: inventedRecipient(chatId) };
}

function inventedRecipient(chatId: string): string {
  const digits = BigInt(`0x${digest(chatId)}`) % 10_000_000n;
  return `+1555${String(digits).padStart(7, '0')}`;
}

export function chatShape([chatId, messages]: ChatRecord, { now, store }: SandboxWorld): Linq.Chat {
  const createdAt = messages.at(-1)?.createdAt ?? now().toISOString();
  const updatedAt = messages.at(0)?.createdAt ?? createdAt;
  return {
    id: chatId,
    display_name: partiesOf(chatId, store).recipient,
    handles: handlesOf(chatId, createdAt, store),
    health_status: healthOf(createdAt),
    is_archived: false,
    is_group: false,
    service: 'iMessage',
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

/** A media part whose attachment was deleted: the part stays, "with no attachment reference" (SDK, attachments). */
interface EmptyPart {
  type: 'media';
  reactions: null;
}

type MessageShape = Omit<Linq.Message, 'parts'> & { parts: (Linq.MediaPartResponse | EmptyPart)[] };

/** A voice memo in a list of messages: Linq has no part type for it. In the sandbox, a sent memo has arrived. */
export function messageShape(message: Message, { store, address }: SandboxWorld): MessageShape {
  const { id, chatId, createdAt, readAt = null } = message;
  const file = mediaOf(message, { store, address });
  const { line } = partiesOf(chatId, store);
  return {
    id,
    chat_id: chatId,
    created_at: createdAt,
    updated_at: readAt ?? createdAt,
    is_from_me: true,
    delivery_status: readAt ? 'read' : 'delivered',
    is_delivered: true,
    is_read: readAt !== null,
    sent_at: createdAt,
    delivered_at: createdAt,
    read_at: readAt,
    from: line,
    from_handle: handle(line, true, createdAt),
    service: 'iMessage',
    preferred_service: null,
    effect: null,
    reply_to: null,
    parts: [{ type: 'media', ...file, reactions: null }],
  };
}

/** The file of a message; undefined where its attachment was deleted. */
export function mediaOf(
  { attachmentId, mimeType }: Message,
  { store, address }: Pick<SandboxWorld, 'store' | 'address'>,
) {
  const attachment = store.attachment(attachmentId);
  return attachment && { ...fileShape(attachment, address), mime_type: mimeType };
}

/** The answer to an accepted voice memo. */
export function voiceMemoShape(
  message: Message,
  attachment: Attachment,
  { address, store }: SandboxWorld,
): Linq.ChatSendVoicememoResponse {
  const { id, chatId, createdAt, mimeType } = message;
  return {
    voice_memo: {
      id,
      chat: {
        id: chatId,
        handles: handlesOf(chatId, createdAt, store),
        is_active: true,
        is_group: false,
        service: 'iMessage',
      },
      created_at: createdAt,
      from: partiesOf(chatId, store).line,
      to: [partiesOf(chatId, store).recipient],
      status: 'queued',
      service: 'iMessage',
      voice_memo: { ...fileShape(attachment, address), mime_type: mimeType, duration_ms: null },
    },
  };
}

/** The path for an attachment's bytes, with the layout of Linq's CDN. */
export function cdnPath({ id, filename }: Attachment): string {
  return `/cdn/attachments/partners/sandbox/${id}/${encodeURIComponent(filename)}`;
}

function fileShape(attachment: Attachment, address: SandboxWorld['address']) {
  const { id, filename, sizeBytes } = attachment;
  return { id, filename, size_bytes: sizeBytes, url: address(cdnPath(attachment)) };
}

function handlesOf(chatId: string, joinedAt: string, store: SandboxStore): Linq.ChatHandle[] {
  const { line, recipient } = partiesOf(chatId, store);
  return [handle(line, true, joinedAt), handle(recipient, false, joinedAt)];
}

export function healthOf(updatedAt: string) {
  const docUrl = 'https://docs.linqapp.com/guides/chats/chat-health';
  return { status: 'HEALTHY', doc_url: docUrl, updated_at: updatedAt } as const;
}

export function handle(number: string, isMe: boolean, joinedAt: string): Linq.ChatHandle {
  const id = digest(number).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
  return { id, handle: number, joined_at: joinedAt, service: 'iMessage', is_me: isMe, left_at: null, status: 'active' };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
