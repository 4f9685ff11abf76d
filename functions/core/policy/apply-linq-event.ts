import { lineKey } from '../model/keys.ts';
import { DAY_MS } from '../model/timing.ts';
import type { Clock, KeyValueStore, Log } from '../ports/ports.ts';
import { type AccountNotice, applyAccountEvent } from './linq-account.ts';
import { liftByReply, rememberPersonOfChat, suppress } from './suppression-list.ts';

/** What Linq tells us besides receipts, and when it was: what a person wrote, and how one of our lines is. */
export type Notice =
  | { kind: 'wrote'; at: string; chat: string; text: string; from?: string }
  | { kind: 'line'; at: string; line: string; status: 'ACTIVE' | 'FLAGGED' }
  | AccountNotice;

/** Linq's own words, whole; it takes them in capitals only, and a person who means it may not. */
const STOP_WORDS = /^(stop|unsubscribe|opt[ -]?out|cancel|end|quit)$/i;
/** Linq says when a line is well again; should that get lost, the line is tried after a day. */
const LINE_MS = DAY_MS;

/**
 * A stop word puts the chat on the suppression list, and anything else that its person writes takes it off again, as at Linq, unless
 * it was put there by hand. A flagged line pauses its memos. Linq's events come in any order, some twice: the last word is
 * the one that was said last.
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
    // Them, and not this one chat: another line's is theirs too.
    const they = [{ chat }, ...(from === undefined ? [] : [{ phone: from }])];
    if (STOP_WORDS.test(text.trim()))
      await suppress({ keyValues, clock }, they, { by: 'word', reason: 'they wrote a stop word', since: at });
    else await liftByReply(keyValues, they, at);
  };
};
