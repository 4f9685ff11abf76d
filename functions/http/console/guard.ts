import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { createMiddleware } from 'hono/factory';
import { AftercallError } from '../../core/model/errors.ts';
import { signedOutKey } from '../../core/model/keys.ts';
import { isoTime } from '../../core/model/timing.ts';
import type { AudioStore, Clock, KeyValueStore, Secrets } from '../../core/ports/ports.ts';
import type { SecretRef } from '../../core/ports/source.ts';
import { sameText } from '../../core/source/signature.ts';
import { readSession, SESSION_MS, type Session } from './session.ts';

export interface GuardOptions {
  secrets: Secrets;
  apiKey: SecretRef;
  audio: Pick<AudioStore, 'presignGet'>;
  /** Where it stands that a session was signed out. */
  keyValues: Pick<KeyValueStore, 'read' | 'write'>;
  clock: Clock;
  wrongKey: (where: string) => Promise<void>;
}

/** What every request of the page carries once it has passed. */
export interface Guarded {
  Variables: { session: Session };
}
export type PageContext = Context<Guarded>;

const MAX_FORM_BYTES = 16 * 1024;

/** What stands before every page: its headers, and that what is posted came from the page itself. */
export const guards = (options: GuardOptions): MiddlewareHandler[] => [
  withHeaders(options),
  csrf({ origin: (origin, c) => hostOf(origin) === hostOf(c.req.url) }),
  fromThePageAlone,
  bodyLimit({ maxSize: MAX_FORM_BYTES }),
  aFormIfAnything,
];

/** Nothing inline, nothing from elsewhere; sound from the bucket alone. */
const withHeaders = ({ audio }: GuardOptions) =>
  createMiddleware(async (c, next) => {
    c.header('Content-Security-Policy', policy(await bucketOrigin(audio)));
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('Referrer-Policy', 'no-referrer');
    c.header('Cache-Control', 'no-store');
    await next();
  });

const policy = (media: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `media-src ${media}`,
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

/** Where presigned URLs lead. Minting one costs no request, and only the store itself knows. */
const bucketOrigin = async (audio: GuardOptions['audio']): Promise<string> => {
  try {
    return new URL(await audio.presignGet({ key: 'audio/', type: 'audio/mpeg', bytes: 0 }, 1000)).origin;
  } catch {
    return "'none'"; // without its sound the page is still worth seeing
  }
};

/**
 * `csrf` lets pass what is no form, and either header. With our Referrer-Policy a form's Origin is `null`, so Sec-Fetch-Site
 * has the word, and Origin where a browser does not send it.
 */
const fromThePageAlone = createMiddleware(async (c, next) => {
  const site = c.req.header('Sec-Fetch-Site');
  const origin = c.req.header('Origin');
  const ours = site ? site === 'same-origin' : origin !== undefined && hostOf(origin) === hostOf(c.req.url);
  if (c.req.method === 'POST' && !ours) throw new AftercallError('not_authentic', 'this came from another page');
  await next();
});

/** A body that is no form is a mistake of whoever sends it, and not ours. Hono keeps what it has parsed. */
const aFormIfAnything = createMiddleware(async (c, next) => {
  if (c.req.method === 'POST')
    await c.req.parseBody().catch(() => {
      throw new AftercallError('unreadable', 'this is not a form');
    });
  await next();
});

/** Behind a tunnel we see http where the browser sees https, so the scheme says nothing. */
const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

/** Lets in who is signed in; sends others to sign in, and back. Whatever is posted bears the session's token. */
export const signedInAlone = (options: GuardOptions) =>
  createMiddleware<Guarded>(async (c, next) => {
    const session = await sessionOf(c, options);
    if (!session) {
      const { pathname, search, searchParams } = new URL(c.req.url);
      if (searchParams.has('fragment') || c.req.method === 'POST') {
        throw new AftercallError('unauthorized', 'You are signed out. Sign in again.');
      }
      const here = pathname + search;
      return c.redirect(here === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(here)}`, 303);
    }
    if (c.req.method === 'POST') {
      const { token } = await c.req.parseBody();
      if (typeof token !== 'string' || !sameText(token, session.formToken)) {
        throw new AftercallError('not_authentic', 'this form is of another session; load the page anew');
      }
    }
    c.set('session', session);
    await next();
  });

export const sessionOf = async (
  c: Context,
  { secrets, apiKey, clock, keyValues }: GuardOptions,
): Promise<Session | undefined> => {
  const token = getCookie(c, NAME, prefixOf(c));
  if (!token) return undefined;
  const read = async () => readSession(token, await secrets.read(apiKey), clock.nowMs());
  const session = (await read()) ?? (secrets.forget() ? await read() : undefined);
  return session && (await keyValues.read(signedOutKey(session.id))) === undefined ? session : undefined;
};

/** From here on the session is worth nothing, whoever has kept its cookie. Its note is as long-lived as it is. */
export const endSession = async (c: PageContext, { keyValues, clock }: GuardOptions): Promise<void> => {
  const session = c.get('session');
  const at = isoTime(clock.nowMs());
  await keyValues.write(signedOutKey(session.id), { at }, session.endsAtMs - clock.nowMs() + 1000);
  deleteCookie(c, NAME, attributes(c));
};

export const keepSession = (c: Context, token: string) =>
  setCookie(c, NAME, token, { ...attributes(c), maxAge: SESSION_MS / 1000 });

const NAME = 'aftercall';
const prefixOf = (c: Context) => (isSecure(c) ? ('host' as const) : undefined);
const attributes = (c: Context) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'Strict' as const,
  ...(isSecure(c) ? { secure: true, prefix: 'host' as const } : {}),
});

/** A browser keeps no Secure cookie of http, and a laptop has no other; a tunnel to one is https outside. */
const isSecure = (c: Context): boolean => {
  const { protocol, hostname } = new URL(c.req.url);
  return protocol === 'https:' || !['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
};
