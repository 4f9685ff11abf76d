import { noteOfLine, noteOfStop } from './courtesy.ts';
import type { Log, Notes } from './ports.ts';

/** What Linq tells us besides receipts: what a person wrote, and how one of our lines is. */
export type Notice =
  | { kind: 'wrote'; chat: string; text: string }
  | { kind: 'line'; line: string; status: 'ACTIVE' | 'FLAGGED' };

/** Linq's own words, whole; it takes them in capitals only, and a person who means it may not. */
const STOP_WORDS = /^(stop|unsubscribe|opt[ -]?out|cancel|end|quit)$/i;
const YEARS_MS = 5 * 365 * 24 * 60 * 60 * 1000;
/** Linq says when a line is well again; should that get lost, the line is tried after a day. */
const LINE_MS = 24 * 60 * 60 * 1000;

/**
 * A stop word puts the chat on the stop list, and anything else that its person writes takes it off again, as at Linq. A
 * flagged line pauses its memos.
 */
export const takeNotice =
  ({ notes, log }: { notes: Notes; log: Log }) =>
  async (notice: Notice): Promise<void> => {
    if (notice.kind === 'line') {
      await notes.write(noteOfLine(notice.line), { status: notice.status }, LINE_MS);
      if (notice.status === 'FLAGGED') log.error('a line is flagged', { step: 'api', outcome: 'line-flagged' });
      return;
    }
    const stop = noteOfStop(notice.chat);
    if (STOP_WORDS.test(notice.text.trim())) await notes.write(stop, { why: 'they wrote a stop word' }, YEARS_MS);
    else await notes.remove(stop);
  };
