import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** How long an upload URL lives (API reference: 15 minutes). */
const uploadLifetimeMs = 15 * 60_000;

const attachmentSchema = z.object({
  id: z.guid(),
  filename: z.string(),
  contentType: z.string(),
  sizeBytes: z.int(),
  createdAt: z.iso.datetime(),
  /** The unguessable part of its upload URL; told to nobody when the sandbox fetched the bytes itself. */
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

/** One line of the journal. */
const entrySchema = z.discriminatedUnion('type', [
  attachmentSchema.extend({ type: z.literal('attachment') }),
  z.object({ type: z.literal('stored'), attachmentId: z.guid() }),
  messageSchema.extend({ type: z.literal('message') }),
  z.object({ type: z.literal('deleted'), attachmentId: z.guid() }),
]);

type Entry = z.infer<typeof entrySchema>;
export type Attachment = z.infer<typeof attachmentSchema>;
export type Message = z.infer<typeof messageSchema>;

export interface SandboxStore {
  /** Where the audio lies, one file an attachment, named by its id. */
  readonly audioDir: string;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Undefined when it never was or has been deleted. */
  attachment(id: string): Attachment | undefined;
  attachmentByUploadToken(token: string): Attachment | undefined;
  /** Whether its bytes are here. */
  isStored(attachmentId: string): boolean;
  /** An attachment whose bytes are still to come. */
  addAttachment(file: Pick<Attachment, 'filename' | 'contentType' | 'sizeBytes'>): Attachment;
  /** Streams the bytes to the attachment's file. False, and nothing kept, unless they are exactly as many as it says. */
  storeBytes(attachment: Attachment, bytes: Bytes): Promise<boolean>;
  addMessage(message: Pick<Message, 'chatId' | 'attachmentId' | 'mimeType'>): Message;
  /** Its bytes go, its messages stay. */
  deleteAttachment(id: string): void;
}

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** All the sandbox keeps, in `dataDir`: audio as files, the rest as an append-only journal that is read back here. */
export function openStore(dataDir: string, now: () => Date): SandboxStore {
  const audioDir = join(dataDir, 'audio');
  const incomingDir = join(dataDir, 'incoming');
  const journalPath = join(dataDir, 'journal.jsonl');
  const attachments = new Map<string, Attachment>();
  const stored = new Set<string>();
  const messages: Message[] = [];

  rmSync(incomingDir, { recursive: true, force: true });
  mkdirSync(audioDir, { recursive: true });
  mkdirSync(incomingDir);
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
        // The file appears whole or not at all, and the journal speaks of it only then.
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

    deleteAttachment(id) {
      append({ type: 'deleted', attachmentId: id });
    },
  };

  function append(entry: Entry): void {
    appendFileSync(journalPath, `${JSON.stringify(entry)}\n`);
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
      case 'deleted':
        attachments.delete(entry.attachmentId);
        stored.delete(entry.attachmentId);
        // Also at every start: a kill may have come between the line and the file.
        rmSync(join(audioDir, entry.attachmentId), { force: true });
        break;
    }
  }
}

/** The journal's entries. A last line without its newline was torn by a kill: it was never answered for, and is cut off. */
function readJournal(path: string): Entry[] {
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

async function* upTo(limitBytes: number, chunks: Bytes, count: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count.bytes += chunk.length;
    if (count.bytes > limitBytes) return;
    yield chunk;
  }
}
