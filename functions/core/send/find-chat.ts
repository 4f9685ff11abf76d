import { chatKey } from '../model/keys.ts';
import type { Memo, Target } from '../model/memo.ts';
import { DAY_MS } from '../model/timing.ts';
import { rememberPersonOfChat } from '../policy/suppression-list.ts';
import type { KeyValueStore, Messenger, NotSent } from '../ports/ports.ts';

type Found = { kind: 'chat'; chat: string } | { kind: 'unrouted'; reason: string } | NotSent;
type Person = Extract<Target, { line: string }>;

/** Chats exist longer. The limit only makes sure that a wrong entry does not last. */
const CACHED_MS = 30 * DAY_MS;

/**
 * Finds the one-to-one chat of a line with a person: as last found, as Linq lists it, or opened with the target's first
 * message. Linq makes one chat of two equal requests, so a run may repeat the opening after a crash.
 */
export const findChat = async (
  { keyValues, messenger }: { keyValues: KeyValueStore; messenger: Messenger },
  { id }: Pick<Memo, 'id'>,
  { line, handle, create }: Person,
): Promise<Found> => {
  const key = chatKey({ line, handle });
  const known = (await keyValues.read(key))?.chat;
  if (known) return { kind: 'chat', chat: known };

  const listed = await messenger.findChats(line, handle);
  if (listed.kind !== 'chats') return listed;
  const [chat, another] = listed.chats;
  if (another) return { kind: 'unrouted', reason: 'Linq has several chats of this line with that number' };
  if (!chat && create === undefined)
    return { kind: 'unrouted', reason: 'there is no chat of this line with that number' };
  const opened = chat ? ({ kind: 'chat', chat } as const) : await messenger.openChat(line, handle, create ?? '', id);
  if (opened.kind === 'chat') {
    await rememberPersonOfChat(keyValues, opened.chat, handle);
    await keyValues.write(key, { chat: opened.chat }, CACHED_MS);
  }
  return opened;
};
