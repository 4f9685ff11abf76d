import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Hono } from 'hono';
import * as z from 'zod';
import { downloadMemo } from './download.ts';
import { type MemoFormat, maxMemoBytes, sniffMemo } from './formats.ts';
import { Refusal, readAddress, readBody, readChatId } from './refusals.ts';
import { voiceMemoShape } from './shapes.ts';
import type { Attachment } from './store.ts';
import type { SandboxWorld } from './world.ts';

/** Linq's hard limit for one sender and recipient, which here is one chat. */
const memosPerWindow = 30;
const windowMs = 60_000;

/** `POST /:chatId/voicememo`, the only call that sends a memo. */
export function memoRoutes(world: SandboxWorld): Hono {
  const { store } = world;
  const enter = memoLimit(world);
  return new Hono().post('/:chatId/voicememo', async (c) => {
    const chatId = readChatId(c.req.param('chatId'));
    const source = readSource(await readBody(c, memoSchema));
    const leave = enter(chatId);
    try {
      const memo = source instanceof URL ? await rehost(source, world) : await reuse(source, world);
      const { attachment, format } = memo;
      const message = store.addMessage({ chatId, attachmentId: attachment.id, mimeType: format.mimeType });
      world.receipts.tell('message.sent', message);
      world.receipts.tell('message.delivered', message);
      // A third-party client built from Linq's OpenAPI expects 202; the reference names no status.
      return c.json(voiceMemoShape(message, attachment, world), 202);
    } finally {
      leave();
    }
  });
}

/** Strict, so that the sandbox finds a wrong field first, such as `override_optout`, which Linq logs at each use. */
const memoSchema = z.strictObject({ voice_memo_url: z.url().optional(), attachment_id: z.guid().optional() });

/** The URL, or the attachment's id. */
function readSource({ voice_memo_url: url, attachment_id: id }: z.infer<typeof memoSchema>): URL | string {
  if (url !== undefined && id !== undefined) {
    throw new Refusal('badContent', {
      detail: 'either voice_memo_url or attachment_id must be provided, but not both',
    });
  }
  if (id !== undefined) return id.toLowerCase();
  if (url === undefined) throw new Refusal('fieldMissing', { detail: 'voice_memo_url or attachment_id' });
  return readAddress(url, 'voice_memo_url');
}

interface Memo {
  attachment: Attachment;
  format: MemoFormat;
}

/** Fetches the audio and keeps a copy, as Linq does on every send by URL. */
async function rehost(url: URL, { store, downloadTimeoutMs }: SandboxWorld): Promise<Memo> {
  const bytes = await downloadMemo(url, downloadTimeoutMs);
  const format = await sniffMemo(bytes);
  const filename = basename(url) || `voice-memo.${format.extensions[0]}`;
  const extension = posix.extname(filename).slice(1).toLowerCase();
  if (extension && !format.extensions.includes(extension)) {
    throw new Refusal('contentMismatch', { detail: `${format.name} under .${extension}` });
  }
  const attachment = store.addAttachment({ filename, contentType: format.mimeType, sizeBytes: bytes.length });
  await store.storeBytes(attachment, [bytes]);
  return { attachment, format };
}

function basename(url: URL): string {
  const last = posix.basename(url.pathname);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** An attachment that was uploaded before; it can be sent any number of times. */
async function reuse(attachmentId: string, { store }: SandboxWorld): Promise<Memo> {
  const attachment = store.attachment(attachmentId);
  if (!attachment) throw new Refusal('attachmentNotFound');
  if (!store.isStored(attachmentId)) throw new Refusal('attachmentNotReady');
  if (attachment.sizeBytes > maxMemoBytes) throw new Refusal('memoTooLarge');
  const format = await sniffMemo(await readFile(join(store.audioDir, attachmentId)));
  if (!format.declaredAs.some((type) => type === attachment.contentType)) {
    throw new Refusal('contentMismatch', { detail: `${format.name} declared as ${attachment.contentType}` });
  }
  return { attachment, format };
}

/** Admits a memo to its chat, or throws 429/1007. Memos under way count too. The caller calls the result at the end. */
function memoLimit({ store, now }: SandboxWorld): (chatId: string) => () => void {
  const underWay = new Map<string, number>();
  return (chatId) => {
    const nowMs = now().getTime();
    const sentMs = store.messages.filter((message) => message.chatId === chatId).map((m) => Date.parse(m.createdAt));
    const recentMs = sentMs.filter((ms) => ms > nowMs - windowMs);
    const count = underWay.get(chatId) ?? 0;
    if (recentMs.length + count >= memosPerWindow) {
      const waitMs = (recentMs[0] ?? nowMs) + windowMs - nowMs;
      throw new Refusal('rateLimited', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
    }
    underWay.set(chatId, count + 1);
    return () => underWay.set(chatId, (underWay.get(chatId) ?? 1) - 1);
  };
}
