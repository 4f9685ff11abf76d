import { listed, NOW_MS } from '../servers/linq.ts';
import { type Answer, json } from '../servers/scripted-http.ts';

export const SINCE_MS = NOW_MS - 60_000;

/** This many seconds after the given start of the list. */
const at = (seconds: number) => new Date(SINCE_MS + seconds * 1000).toISOString();

export const message = (seconds: number, over: object = {}) => listed(`message-${seconds}`, at(seconds), over);

/** The pages of a chat under the cursors "1", "2", …; the first page has no cursor. */
export const pages = (...each: object[][]): Answer => {
  return (asked, response) => {
    const page = Number(new URL(asked.url, 'http://linq').searchParams.get('cursor') ?? 0);
    const next_cursor = page + 1 < each.length ? String(page + 1) : null;
    json(200, { messages: each[page], next_cursor })(asked, response);
  };
};
