import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Attachment,
  appendEntry,
  type Entry,
  type Message,
  type OpenedChat,
  readJournal,
  type Subscription,
  type Webhook,
} from './journal.ts';

export type { Attachment, Message, OpenedChat, Subscription, Webhook } from './journal.ts';

/** How long an upload URL is valid (API reference: 15 minutes). */
const uploadLifetimeMs = 15 * 60_000;

export interface SandboxStore {
  /** The folder of the audio: one file for each attachment, named by its id. */
  readonly audioDir: string;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Undefined if it never existed or was deleted. */
  attachment(id: string): Attachment | undefined;
  attachmentByUploadToken(token: string): Attachment | undefined;
  /** Whether its bytes are here. */
  isStored(attachmentId: string): boolean;
  /** Adds an attachment whose bytes come later. */
  addAttachment(file: Pick<Attachment, 'filename' | 'contentType' | 'sizeBytes'>): Attachment;
  /** Streams the bytes to the attachment's file. Returns false, and keeps nothing, if their number is wrong. */
  storeBytes(attachment: Attachment, bytes: Bytes): Promise<boolean>;
  addMessage(message: Pick<Message, 'chatId' | 'attachmentId' | 'mimeType'>): Message;
  /** Chats that were opened by their numbers, the oldest first. */
  openedChats(): readonly OpenedChat[];
  openChat(chat: Pick<OpenedChat, 'line' | 'recipient' | 'text'>): OpenedChat;
  /** Deletes the bytes; the messages stay. */
  deleteAttachment(id: string): void;
  /** Marks the unread messages of this chat as read, and returns them. */
  markRead(chatId: string): Message[];

  subscriptions(): Subscription[];
  /** Adds a subscription, or replaces the one with the same id. */
  putSubscription(subscription: Subscription): void;
  removeSubscription(id: string): void;
  /** Webhooks that are still to be sent, the oldest first. */
  owed(): Webhook[];
  addWebhook(webhook: Pick<Webhook, 'subscriptionId' | 'event' | 'messageId'>): Webhook;
  /** The webhook was sent or given up. */
  settleWebhook(id: string): void;
}

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** All data of the sandbox, in `dataDir`: audio as files, the rest as an append-only journal that this reads back. */
export function openStore(dataDir: string, now: () => Date): SandboxStore {
  const audioDir = join(dataDir, 'audio');
  const incomingDir = join(dataDir, 'incoming');
  const journalPath = join(dataDir, 'journal.jsonl');
  const attachments = new Map<string, Attachment>();
  const stored = new Set<string>();
  const messages: Message[] = [];
  const chats: OpenedChat[] = [];
  const subscriptions = new Map<string, Subscription>();
  const owed = new Map<string, Webhook>();

  prepareFolders(audioDir, incomingDir);
  for (const entry of readJournal(journalPath)) apply(entry);

  return {
    audioDir,
    messages,
    attachment: (id) => attachments.get(id),
    attachmentByUploadToken: (token) => [...attachments.values()].find(({ uploadToken }) => uploadToken === token),
    isStored: (attachmentId) => stored.has(attachmentId),

    addAttachment(file) {
      const createdAt = now();
      const uploadExpiresAt = new Date(createdAt.getTime() + uploadLifetimeMs).toISOString();
      const uploadToken = randomBytes(32).toString('hex');
      const attachment = {
        id: randomUUID(),
        ...file,
        createdAt: createdAt.toISOString(),
        uploadToken,
        uploadExpiresAt,
      };
      append({ type: 'attachment', ...attachment });
      return attachment;
    },

    async storeBytes({ id, sizeBytes }, bytes) {
      const draft = join(incomingDir, randomUUID());
      try {
        const count = { bytes: 0 };
        await writeFile(draft, upTo(sizeBytes, bytes, count));
        const deletedMeanwhile = !attachments.has(id);
        if (count.bytes !== sizeBytes || deletedMeanwhile) return false;
        // The file appears whole or not at all, and only then in the journal.
        await rename(draft, join(audioDir, id));
        append({ type: 'stored', attachmentId: id });
        return true;
      } finally {
        await rm(draft, { force: true });
      }
    },

    addMessage(fields) {
      const message = { id: randomUUID(), ...fields, createdAt: now().toISOString() };
      append({ type: 'message', ...message });
      return message;
    },

    openedChats: () => chats,
    openChat(fields) {
      const chat = { id: randomUUID(), messageId: randomUUID(), ...fields, createdAt: now().toISOString() };
      append({ type: 'chat', ...chat });
      return chat;
    },

    deleteAttachment(id) {
      append({ type: 'deleted', attachmentId: id });
    },

    markRead(chatId) {
      const unread = messages.filter((message) => message.chatId === chatId && message.readAt === undefined);
      if (unread.length > 0) append({ type: 'read', messageIds: unread.map(({ id }) => id), at: now().toISOString() });
      return unread;
    },

    subscriptions: () => [...subscriptions.values()],
    putSubscription: (subscription) => append({ type: 'subscription', ...subscription }),
    removeSubscription: (id) => append({ type: 'unsubscribed', subscriptionId: id }),
    owed: () => [...owed.values()],

    addWebhook(fields) {
      const id = randomUUID();
      const webhook = { id, ...fields, createdAt: now().toISOString(), traceId: randomBytes(16).toString('hex') };
      append({ type: 'webhook', ...webhook });
      return webhook;
    },

    settleWebhook: (id) => append({ type: 'told', webhookId: id }),
  };

  function append(entry: Entry): void {
    appendEntry(journalPath, entry);
    apply(entry);
  }

  function apply(entry: Entry): void {
    switch (entry.type) {
      case 'attachment':
        attachments.set(entry.id, entry);
        break;
      case 'stored':
        stored.add(entry.attachmentId);
        break;
      case 'message':
        messages.push(entry);
        break;
      case 'chat':
        return void chats.push(entry);
      case 'deleted':
        attachments.delete(entry.attachmentId);
        stored.delete(entry.attachmentId);
        // Also done at every start: a kill may have come after the journal's line and before the file's deletion.
        rmSync(join(audioDir, entry.attachmentId), { force: true });
        break;
      case 'read': {
        const read = new Set(entry.messageIds);
        for (const message of messages) if (read.has(message.id)) message.readAt = entry.at;
        break;
      }
      case 'subscription':
        subscriptions.set(entry.id, entry);
        break;
      case 'unsubscribed':
        subscriptions.delete(entry.subscriptionId);
        for (const { id, subscriptionId } of owed.values())
          if (subscriptionId === entry.subscriptionId) owed.delete(id);
        break;
      case 'webhook':
        owed.set(entry.id, entry);
        break;
      case 'told':
        owed.delete(entry.webhookId);
        break;
    }
  }
}

function prepareFolders(audioDir: string, incomingDir: string): void {
  rmSync(incomingDir, { recursive: true, force: true });
  mkdirSync(audioDir, { recursive: true });
  mkdirSync(incomingDir);
}

async function* upTo(limitBytes: number, chunks: Bytes, count: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count.bytes += chunk.length;
    if (count.bytes > limitBytes) return;
    yield chunk;
  }
}
