import * as z from 'zod';
import type { createSandbox } from '../sandbox/sandbox.ts';
import { digestOf } from './recording.ts';

/** A voice memo that is in a chat. */
export interface Arrived {
  chat: string;
  /** The memo whose id was the file's name in the POST. */
  memo: string;
  digest: string;
  /** When Linq says that it accepted the message, in milliseconds since 1970, and the message's place in the chat. */
  createdMs: number;
  place: number;
}

const pageSchema = z.object({
  messages: z.array(
    z.object({ id: z.string(), created_at: z.string(), parts: z.array(z.object({ url: z.string().optional() })) }),
  ),
  next_cursor: z.string().nullable(),
});

/**
 * Reads a whole chat and the bytes of every memo in it. A file that an erasure has deleted has no bytes.
 * @param memoOf gives the memo of a message
 */
export const chatReader = (
  { fetch }: ReturnType<typeof createSandbox>['app'],
  key: string,
  memoOf: (message: string) => string,
) => {
  const get = async (path: string) =>
    fetch(new Request(new URL(path, 'http://linq'), { headers: { authorization: `Bearer ${key}` } }));

  return async (chat: string): Promise<Arrived[]> => {
    const arrived: Arrived[] = [];
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const answer = await get(`/v3/chats/${chat}/messages?limit=100&cursor=${cursor}`);
      const page: z.infer<typeof pageSchema> = pageSchema.parse(await answer.json());
      for (const { id, created_at, parts } of page.messages) {
        const [part] = parts;
        if (!part) continue;
        const bytes = part.url ? await (await get(new URL(part.url).pathname)).arrayBuffer() : new ArrayBuffer(0);
        arrived.push({
          chat,
          memo: memoOf(id),
          digest: digestOf(new Uint8Array(bytes)),
          createdMs: Date.parse(created_at),
          place: 0,
        });
      }
      cursor = page.next_cursor;
    }
    arrived.sort((a, b) => a.createdMs - b.createdMs);
    return arrived.map((message, place) => ({ ...message, place }));
  };
};
