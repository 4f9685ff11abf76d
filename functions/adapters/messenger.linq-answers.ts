import { HOUR_MS } from '../core/model/timing.ts';
import type { SendOutcome } from '../core/ports/ports.ts';

export type Decision = Exclude<SendOutcome['kind'], 'done'>;

/** A line of the table: the meaning of an answer. `reason` is for the memo's row. */
interface Row {
  kind: Decision;
  reason: string;
  /** The final state of `refused`. @default 'failed' */
  to?: 'skipped';
  /** The cause of a `not-now`: trouble of a line may last longer. */
  waitsFor?: 'line';
  /** How long to wait where Linq sends no Retry-After. */
  waitMs?: number;
}

/**
 * Linq's answers to a voice memo, by HTTP status and error code; `*` is any code of that status. The status alone is
 * not enough: 404/2007 ends within seconds, 500/5002 rarely does. A 5xx that may have been accepted is `unknown`.
 */
export const LINQ_ANSWERS: Readonly<Record<string, Row>> = {
  '400/*': { kind: 'refused', reason: 'Linq calls the request wrong' },
  '400/5004': { kind: 'refused', reason: 'Linq does not take this type of file' },
  '400/5005': { kind: 'refused', reason: 'Linq calls the file too large' },
  '400/5006': { kind: 'refused', reason: 'Linq says that content and extension differ' },
  '401/*': { kind: 'our-fault', reason: 'Linq refuses our key' },
  '402/*': { kind: 'our-fault', reason: 'Linq asks for payment' },
  '403/*': { kind: 'our-fault', reason: 'Linq denies us this' },
  '403/2005': { kind: 'our-fault', reason: 'our key may not use this resource' },
  '403/2006': { kind: 'our-fault', reason: 'this line is not ours' },
  '403/2008': { kind: 'refused', reason: 'the recipient has not texted this line first' },
  '403/2011': { kind: 'our-fault', reason: 'the feature is off for our account' },
  '403/2024': { kind: 'refused', reason: 'the recipient has opted out', to: 'skipped' },
  '403/2026': { kind: 'refused', reason: 'the recipient is blocked by us', to: 'skipped' },
  '403/2027': {
    kind: 'not-now',
    reason: 'the line may not send at the moment',
    waitsFor: 'line',
    waitMs: HOUR_MS,
  },
  '404/*': { kind: 'refused', reason: 'Linq does not find the chat or the message' },
  '404/2001': { kind: 'refused', reason: 'there is no such chat, or it is not ours' },
  '404/2003': { kind: 'refused', reason: 'Linq does not find the attachment' },
  '404/2007': { kind: 'not-now', reason: 'the attachment is not ready yet' },
  '408/*': { kind: 'unknown', reason: 'Linq timed out' },
  '409/*': { kind: 'refused', reason: 'the chat is in another state' },
  '409/2009': { kind: 'not-now', reason: 'the chat is still being made' },
  '409/2013': { kind: 'refused', reason: 'the chat was left or is unavailable' },
  '409/2015': { kind: 'not-now', reason: 'no line can send to this chat at the moment', waitsFor: 'line' },
  '409/2016': { kind: 'refused', reason: 'not possible in a group' },
  '409/2017': { kind: 'refused', reason: 'not possible on this service' },
  '413/*': { kind: 'refused', reason: 'Linq calls the memo too large' },
  '422/*': { kind: 'refused', reason: 'Linq cannot process the request' },
  '429/*': { kind: 'not-now', reason: 'Linq asks us to slow down' },
  '500/5002': { kind: 'cannot-fetch', reason: 'Linq could not fetch our URL' },
  '500/5001': { kind: 'unknown', reason: 'a storage fault at Linq' },
  '500/5003': { kind: 'unknown', reason: 'a storage fault at Linq' },
  '503/4004': { kind: 'unknown', reason: 'a service that Linq sends through is down' },
};

/** The decision for an answer. An unlisted code counts as its status, an unlisted status as the safe outcome. */
export const decide = (status: number, code: number | undefined): Row => {
  const listed = LINQ_ANSWERS[`${status}/${code}`] ?? LINQ_ANSWERS[`${status}/*`];
  if (listed) return listed;
  if (status >= 500) return { kind: 'unknown', reason: `Linq answered ${status}` };
  if (status >= 400) return { kind: 'refused', reason: `Linq answered ${status}` };
  // A redirect sends nothing. The base URL is wrong, and a person must fix it.
  return { kind: 'our-fault', reason: `Linq answered ${status}: is its base URL right?` };
};
