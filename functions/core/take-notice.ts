import { noteOfLine } from './courtesy.ts';
import type { Clock, Log, Notes } from './ports.ts';
import { liftByWriting, noteWhoseChat, putOnStopList } from './stop-list.ts';

/** What Linq tells us besides receipts: what a person wrote, and how one of our lines is. */
export type Notice =
  | { kind: 'wrote'; chat: string; text: string; from?: string }
  | { kind: 'line'; line: string; status: 'ACTIVE' | 'FLAGGED' };

/** Linq's own words, whole; it takes them in capitals only, and a person who means it may not. */
const STOP_WORDS = /^(stop|unsubscribe|opt[ -]?out|cancel|end|quit)$/i;
/** Linq says when a line is well again; should that get lost, the line is tried after a day. */
const LINE_MS = 24 * 60 * 60 * 1000;

/**
 * A stop word puts the chat on the stop list, and anything else that its person writes takes it off again, as at Linq, unless
 * it was put there by hand. A flagged line pauses its memos.
 */
export const takeNotice =
  ({ notes, clock, log }: { notes: Notes; clock: Clock; log: Log }) =>
  async (notice: Notice): Promise<void> => {
    if (notice.kind === 'line') {
      await notes.write(noteOfLine(notice.line), { status: notice.status }, LINE_MS);
      if (notice.status === 'FLAGGED') log.error('a line is flagged', { step: 'api', outcome: 'line-flagged' });
      return;
    }
    const { chat, text, from } = notice;
    if (from !== undefined) await noteWhoseChat(notes, chat, from);
    if (STOP_WORDS.test(text.trim()))
      await putOnStopList({ notes, clock }, { chat }, { by: 'word', why: 'they wrote a stop word' });
    else await liftByWriting(notes, chat);
  };
