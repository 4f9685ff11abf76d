import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import * as z from 'zod';
import { webhookTypes } from './webhook-types.ts';

const attachmentSchema = z.object({
  id: z.guid(),
  filename: z.string(),
  contentType: z.string(),
  sizeBytes: z.int(),
  createdAt: z.iso.datetime(),
  /** The unguessable part of the upload URL. If the sandbox fetches the bytes itself, nobody gets this URL. */
  uploadToken: z.string(),
  uploadExpiresAt: z.iso.datetime(),
});

const messageSchema = z.object({
  id: z.guid(),
  chatId: z.guid(),
  attachmentId: z.guid(),
  mimeType: z.string(),
  createdAt: z.iso.datetime(),
});

const subscriptionSchema = z.object({
  id: z.guid(),
  targetUrl: z.string(),
  events: z.array(z.enum(webhookTypes)),
  /** An empty list means every line. */
  phoneNumbers: z.array(z.string()),
  isActive: z.boolean(),
  /** In the form of Standard Webhooks, `whsec_…`. */
  secret: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

/** One event that must be sent to one subscription. */
const webhookSchema = z.object({
  id: z.guid(),
  subscriptionId: z.guid(),
  event: z.enum(['message.sent', 'message.delivered', 'message.read']),
  messageId: z.guid(),
  createdAt: z.iso.datetime(),
  traceId: z.string(),
});

/** A chat that was opened by its two numbers and a first text message. */
const openedChatSchema = z.object({
  id: z.guid(),
  line: z.string(),
  recipient: z.string(),
  text: z.string(),
  messageId: z.guid(),
  createdAt: z.iso.datetime(),
});

/** One line of the journal. */
const entrySchema = z.discriminatedUnion('type', [
  attachmentSchema.extend({ type: z.literal('attachment') }),
  z.object({ type: z.literal('stored'), attachmentId: z.guid() }),
  messageSchema.extend({ type: z.literal('message') }),
  openedChatSchema.extend({ type: z.literal('chat') }),
  z.object({ type: z.literal('deleted'), attachmentId: z.guid() }),
  z.object({ type: z.literal('read'), messageIds: z.array(z.guid()), at: z.iso.datetime() }),
  subscriptionSchema.extend({ type: z.literal('subscription') }),
  z.object({ type: z.literal('unsubscribed'), subscriptionId: z.guid() }),
  webhookSchema.extend({ type: z.literal('webhook') }),
  z.object({ type: z.literal('told'), webhookId: z.guid() }),
]);

export type Entry = z.infer<typeof entrySchema>;
export type Attachment = z.infer<typeof attachmentSchema>;
export type Message = z.infer<typeof messageSchema> & { readAt?: string };
export type OpenedChat = z.infer<typeof openedChatSchema>;
export type Subscription = z.infer<typeof subscriptionSchema>;
export type Webhook = z.infer<typeof webhookSchema>;

/** The journal holds the subscriptions' secrets, so only its owner may read it. */
export function appendEntry(path: string, entry: Entry): void {
  appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** Reads the journal. A last line without a newline was cut by a kill: no answer followed it, and it is removed. */
export function readJournal(path: string): Entry[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const wholeBytes = bytes.lastIndexOf('\n') + 1;
  if (wholeBytes < bytes.length) truncateSync(path, wholeBytes);
  return bytes.toString('utf8', 0, wholeBytes).split('\n').slice(0, -1).flatMap(readEntry);
}

function readEntry(line: string): Entry[] {
  try {
    return [entrySchema.parse(JSON.parse(line))];
  } catch {
    console.warn('sandbox: a line of the journal is not readable and was left out');
    return [];
  }
}
