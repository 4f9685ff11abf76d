import { lineKey } from '../model/keys.ts';
import { DAY_MS } from '../model/timing.ts';
import type { Clock, KeyValueStore, Log } from '../ports/ports.ts';
import { type AccountNotice, applyAccountEvent } from './linq-account.ts';
import { liftByReply, rememberPersonOfChat, suppress } from './suppression-list.ts';

/**
 * Linq's events besides receipts: a person wrote a text, a line's status changed, or the account did. `at` is an ISO
 * time.
 */
export type Notice =
  | { kind: 'wrote'; at: string; chat: string; text: string; from?: string }
  | { kind: 'line'; at: string; line: string; status: 'ACTIVE' | 'FLAGGED' }
  | AccountNotice;

/** Linq's stop words, as the whole text. Linq accepts capitals only; we accept any case. */
const STOP_WORDS = /^(stop|unsubscribe|opt[ -]?out|cancel|end|quit)$/i;
/** Linq reports when a line is active again. If that event is lost, the line is tried again after a day. */
const LINE_MS = DAY_MS;

/**
 * A stop word puts the chat on the suppression list. Any other text of the person takes the chat off again, as at Linq,
 * except for an entry by hand. A flagged line pauses its memos. Linq's events come in any order, some twice: the event
 * with the latest time counts.
 */
export const applyLinqEvent = ({ keyValues, clock, log }: { keyValues: KeyValueStore; clock: Clock; log: Log }) => {
  const ofOurAccount = applyAccountEvent({ keyValues, clock, log });
  return async (notice: Notice): Promise<void> => {
    if (notice.kind === 'line') {
      const { line, status, at } = notice;
      const known = await keyValues.read(lineKey(line));
      if (known?.at !== undefined && known.at > at) return;
      await keyValues.write(lineKey(line), { status, at }, LINE_MS);
      if (status === 'FLAGGED') log.error('a line is flagged', { step: 'api', outcome: 'line-flagged' });
      return;
    }
    if (notice.kind !== 'wrote') return ofOurAccount(notice);
    const { at, chat, text, from } = notice;
    if (from !== undefined) await rememberPersonOfChat(keyValues, chat, from);
    // The person too, and not only this chat: they may have a chat with another of our lines.
    const they = [{ chat }, ...(from === undefined ? [] : [{ phone: from }])];
    if (STOP_WORDS.test(text.trim()))
      await suppress({ keyValues, clock }, they, { by: 'word', reason: 'they wrote a stop word', since: at });
    else await liftByReply(keyValues, they, at);
  };
};
