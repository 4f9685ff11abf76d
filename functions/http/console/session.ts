import { HOUR_MS } from '../../core/model/timing.ts';
import { hmac, sameText } from '../../core/source/signature.ts';

/** A working day. After a night the reader signs in again. */
export const SESSION_MS = 12 * HOUR_MS;

/** Proof that somebody held the API key: the end of the session, a nonce, and an HMAC of both with the key. */
export const issueSession = (key: string, nowMs: number, nonce: string): string => {
  const facts = `${nowMs + SESSION_MS}.${nonce}`;
  return `${facts}.${seal(key, facts)}`;
};

export interface Session {
  /** The nonce. It is no secret. */
  id: string;
  endsAtMs: number;
  /** Each form of this session carries it. A token of another session does not match. */
  formToken: string;
}

/** The session of a cookie that one of the current keys has sealed and that has not ended. Removing a key ends its sessions. */
export const readSession = (token: string, keys: readonly string[], nowMs: number): Session | undefined => {
  const [, facts = '', ends = '', id = '', given = ''] =
    /^((\d{1,16})\.([\w-]{1,64}))\.([0-9a-f]{64})$/.exec(token) ?? [];
  const sealedBy = keys.filter((key) => sameText(given, seal(key, facts)))[0];
  if (sealedBy === undefined || Number(ends) <= nowMs) return undefined;
  return { id, endsAtMs: Number(ends), formToken: hmac('sha256', sealedBy, ['aftercall form ', token], 'hex') };
};

/** How long a sign-in link of the terminal works. */
const TICKET_MS = 10 * 60 * 1000;

/** A text for a sign-in link: proof that its maker holds the API key, without the key in it. */
export const issueTicket = (key: string, nowMs: number): string => {
  const ends = String(nowMs + TICKET_MS);
  return `${ends}.${hmac('sha256', key, ['aftercall ticket ', ends], 'hex')}`;
};

/** The current key with which a ticket was made that has not ended; undefined where there is none. */
export const keyOfTicket = (ticket: string, keys: readonly string[], nowMs: number): string | undefined => {
  const [ends = '', given = ''] = ticket.split('.');
  if (!/^\d{1,16}$/.test(ends) || Number(ends) <= nowMs) return undefined;
  return keys.find((key) => sameText(given, hmac('sha256', key, ['aftercall ticket ', ends], 'hex')));
};

const seal = (key: string, facts: string): string => hmac('sha256', key, ['aftercall session ', facts], 'hex');
