import * as z from 'zod';
import type { Listed, ListedMessage, NotSent } from '../core/ports/ports.ts';
import { readJson } from '../core/source/read-json.ts';

/** The largest page that Linq documents for its other lists. It documents neither the order nor a filter by time. */
const PAGE_SIZE = 100;
const MAX_PAGES = 200;

interface PageQuery {
  limit: number;
  cursor?: string;
}

/**
 * Our messages in a chat since a time (by our clock), without text messages. Reads all pages, or only until a list that
 * is surely in newest-first order has passed that time.
 */
export const readList = async (
  sinceMs: number,
  nowMs: () => number,
  ask: (query: PageQuery) => Promise<Response>,
): Promise<Listed> => {
  const seen: Page['messages'] = [];
  let cursor: string | undefined;
  let fromMs = sinceMs;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const answer = await ask({ limit: PAGE_SIZE, ...(cursor && { cursor }) });
    fromMs = Math.min(fromMs, sinceMs - behindMs(answer, nowMs()));
    const page = pageSchema.safeParse(readJson(new Uint8Array(await answer.arrayBuffer())));
    if (!page.success) return { kind: 'no-list', reason: "Linq's list of messages cannot be read", ours: false };
    seen.push(...page.data.messages);
    cursor = page.data.next_cursor || undefined;
    const times = seen.map(({ created_at }) => Date.parse(created_at));
    const past = newestFirst(times) && (times.at(-1) ?? 0) < fromMs;
    if (!cursor || past) {
      const messages = seen.filter(({ is_from_me, parts }) => is_from_me && !isText(parts)).map(toListed);
      return { kind: 'listed', messages: messages.filter(({ createdAtMs }) => createdAtMs >= fromMs) };
    }
  }
  return { kind: 'no-list', reason: 'the chat is too long to list', ours: false };
};

/**
 * How far Linq's clock is behind ours, by its Date header. If Linq's clock is ahead, we search further back than
 * needed.
 */
const behindMs = (answer: Response, nowMs: number): number => {
  const linqMs = Date.parse(answer.headers.get('date') ?? '');
  return Number.isNaN(linqMs) ? 0 : Math.max(0, nowMs - linqMs);
};

/** The ids of a message's files. A part without an id is a file that was deleted. */
export const readFiles = async (
  answer: Response,
): Promise<{ kind: 'files'; attachments: readonly string[] } | NotSent> => {
  const message = messageSchema.safeParse(readJson(new Uint8Array(await answer.arrayBuffer())));
  if (!message.success)
    return { kind: 'not-now', waitsFor: 'linq', reason: "Linq's answer about a message cannot be read" };
  const { parts = [] } = toListed(message.data);
  return { kind: 'files', attachments: parts.flatMap(({ id }) => id ?? []) };
};

const messageSchema = z.object({
  id: z.string().min(1),
  created_at: z.iso.datetime({ offset: true }),
  is_from_me: z.boolean(),
  parts: z
    .array(
      z.object({
        id: z.string().nullish(),
        filename: z.string().nullish(),
        mime_type: z.string().nullish(),
        type: z.string().nullish(),
      }),
    )
    .nullish(),
});

/** The fields that a page of a chat's messages must have before anything follows from it. */
const pageSchema = z.object({ messages: z.array(messageSchema), next_cursor: z.string().nullish() });
type Page = z.infer<typeof pageSchema>;

/** Parts that are surely no file. An unknown type may be a voice memo. */
const NO_FILES = ['text', 'link', 'imessage_app'];

/** A message without parts may be a voice memo whose parts Linq does not have yet. */
const isText = (parts: Page['messages'][number]['parts']): boolean =>
  parts?.length ? parts.every(({ type }) => NO_FILES.includes(type ?? '')) : false;

const toListed = ({ id, created_at, parts }: Page['messages'][number]): ListedMessage => ({
  id,
  createdAtMs: Date.parse(created_at),
  ...(parts?.length && {
    parts: parts
      .filter(({ type }) => !NO_FILES.includes(type ?? ''))
      .map((part) => ({
        ...(part.id && { id: part.id }),
        ...(part.filename && { filename: part.filename }),
        ...(part.mime_type && { type: part.mime_type }),
      })),
  }),
});

/** Only enough messages show the list's order: a few may be in descending order by chance. */
const ENOUGH = 20;
const newestFirst = (times: readonly number[]): boolean =>
  times.length >= ENOUGH &&
  times.every((time, at) => at === 0 || time <= (times[at - 1] ?? time)) &&
  (times[0] ?? 0) > (times.at(-1) ?? 0);
