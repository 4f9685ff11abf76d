import { createHash } from 'node:crypto';
import type Linq from '@linqapp/sdk';
import type { Attachment, Message, SandboxStore } from './store.ts';
import type { SandboxWorld } from './world.ts';

/** The one line of the sandbox's account (the sender in the API reference's samples). */
export const sandboxLine = '+12052535597';

/** A chat id and its messages, newest first. */
export type ChatRecord = [chatId: string, messages: readonly Message[]];

/** Every chat that holds a message; the one with the newest message first. */
export function listChats(store: SandboxStore): ChatRecord[] {
  return [...Map.groupBy(store.messages.toReversed(), ({ chatId }) => chatId)];
}

/** The messages of one chat, newest first. */
export function messagesOf(store: SandboxStore, chatId: string): Message[] {
  return store.messages.filter((message) => message.chatId === chatId).reverse();
}

/** The number of a chat's recipient: invented, and always the same for the same chat. */
export function recipientOf(chatId: string): string {
  const digits = BigInt(`0x${digest(chatId)}`) % 10_000_000n;
  return `+1555${String(digits).padStart(7, '0')}`;
}

export function chatShape([chatId, messages]: ChatRecord, { now }: SandboxWorld): Linq.Chat {
  const createdAt = messages.at(-1)?.createdAt ?? now().toISOString();
  const updatedAt = messages.at(0)?.createdAt ?? createdAt;
  return {
    id: chatId,
    display_name: recipientOf(chatId),
    handles: handlesOf(chatId, createdAt),
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
    from: sandboxLine,
    from_handle: handle(sandboxLine, true, createdAt),
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
  { address }: SandboxWorld,
): Linq.ChatSendVoicememoResponse {
  const { id, chatId, createdAt, mimeType } = message;
  return {
    voice_memo: {
      id,
      chat: {
        id: chatId,
        handles: handlesOf(chatId, createdAt),
        is_active: true,
        is_group: false,
        service: 'iMessage',
      },
      created_at: createdAt,
      from: sandboxLine,
      to: [recipientOf(chatId)],
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

function handlesOf(chatId: string, joinedAt: string): Linq.ChatHandle[] {
  return [handle(sandboxLine, true, joinedAt), handle(recipientOf(chatId), false, joinedAt)];
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
