import * as z from 'zod';
import type { Recording } from '../model/recording.ts';
import type { Source } from '../ports/source.ts';
import { issuesOf } from './issues.ts';

/** The names in a hook URL's query that mean something to us. All others belong to the source. */
export const hookQuerySchema = z.object({
  chat: z.guid({ error: 'chat: must be a UUID' }).toLowerCase().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  direction: z.enum(['inbound', 'outbound'], { error: 'direction: must be inbound or outbound' }).optional(),
});
export type HookQuery = z.infer<typeof hookQuerySchema>;

/**
 * Reads a hook URL's query.
 * @param policy `signed`: the query counts only where the source's signature covers the URL
 */
export const readHookQuery = (
  url: string,
  { covers }: Pick<Source, 'covers'>,
  policy: 'any' | 'signed',
): { kind: 'query'; query: HookQuery } | { kind: 'unreadable'; reason: string } => {
  // An empty party is a party that the sender did not know. An empty chat is a hook URL that was set up wrongly.
  const given = [...new URL(url).searchParams].filter(([name, value]) => value !== '' || name === 'chat');
  const query = hookQuerySchema.safeParse(Object.fromEntries(given));
  if (!query.success) return { kind: 'unreadable', reason: issuesOf(query.error) };
  const [unsigned] = policy === 'signed' && covers.url !== true ? Object.keys(query.data) : [];
  if (unsigned === undefined) return { kind: 'query', query: query.data };
  const reason = `${unsigned}: this source does not sign its URL, and hookQuery: 'signed' in bridge.config.ts accepts a query only from sources that do. Take ${unsigned} off the hook URL`;
  return { kind: 'unreadable', reason };
};

/** Adds facts that the event leaves out. Facts of the event stay, since some sources sign the body alone. */
export const withQuery = (recording: Recording, { chat, from, to, direction }: HookQuery): Recording => {
  const parties = {
    from: recording.from ?? from,
    to: recording.to ?? to,
    direction: recording.direction ?? direction,
    chat: recording.chat ?? chat,
  };
  const known = Object.fromEntries(Object.entries(parties).filter(([, value]) => value !== undefined && value !== ''));
  return { ...recording, ...known };
};
