import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import { secureHeaders } from 'hono/secure-headers';
import { AftercallError } from '../../core/model/errors.ts';
import { signedOutKey } from '../../core/model/keys.ts';
import { isoTime } from '../../core/model/timing.ts';
import type { AudioStore, Clock, KeyValueStore, Secrets } from '../../core/ports/ports.ts';
import type { SecretRef } from '../../core/ports/source.ts';
import { sameText } from '../../core/source/signature.ts';
import { withFreshSecrets } from '../../core/source/with-fresh-secrets.ts';
import { readSession, SESSION_MS, type Session } from './session.ts';

export interface GuardOptions {
  secrets: Secrets;
  apiKey: SecretRef;
  audio: Pick<AudioStore, 'presignGet'>;
  /** Holds the sessions that were signed out. */
  keyValues: Pick<KeyValueStore, 'read' | 'write'>;
  clock: Clock;
  wrongKey: (where: string) => Promise<void>;
}

/** The variables of a request that has passed the guards. */
export interface Guarded {
  Variables: { session: Session; bucketOrigin: string };
}
export type PageContext = Context<Guarded>;

const MAX_FORM_BYTES = 16 * 1024;

/** Stands before every page: security headers, and no POST but of the page's own forms. */
export const guards = ({ audio }: GuardOptions): MiddlewareHandler[] => [
  withBucketOrigin(audio),
  securityHeaders,
  onlyFromThisPage,
  bodyLimit({ maxSize: MAX_FORM_BYTES }),
  onlyForms,
];

/** `secure-headers` asks for the origin before the handler runs, and cannot wait for it. */
const withBucketOrigin = (audio: GuardOptions['audio']) =>
  createMiddleware<Guarded>(async (c, next) => {
    c.set('bucketOrigin', await bucketOrigin(audio));
    c.header('Cache-Control', 'no-store');
    await next();
  });

/** Nothing inline, nothing from another host; audio from the bucket alone. */
const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    mediaSrc: [(c) => c.get('bucketOrigin')],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  xFrameOptions: 'DENY',
  // The owner of a host name decides whether it is for HTTPS alone.
  strictTransportSecurity: false,
});

/** The host of presigned URLs. Only the store knows it; presigning costs no request. */
const bucketOrigin = async (audio: GuardOptions['audio']): Promise<string> => {
  try {
    return new URL(await audio.presignGet({ key: 'audio/', type: 'audio/mpeg', bytes: 0 }, 1000)).origin;
  } catch {
    return "'none'"; // the page is useful without its audio
  }
};

/**
 * Stricter than `hono/csrf`, which passes bodies that are no form, and either header. Our Referrer-Policy makes a form's
 * Origin `null`, so Sec-Fetch-Site decides, and Origin only where a browser does not send Sec-Fetch-Site.
 */
const onlyFromThisPage = createMiddleware(async (c, next) => {
  const site = c.req.header('Sec-Fetch-Site');
  const origin = c.req.header('Origin');
  const ours = site ? site === 'same-origin' : origin !== undefined && hostOf(origin) === hostOf(c.req.url);
  if (c.req.method === 'POST' && !ours)
    throw new AftercallError(
      'not_authentic',
      'the form was sent from another page: open this page and send the form here',
    );
  await next();
});

/** A body that is no form is the sender's mistake: 400 and not 500. Hono keeps the parsed form for the handlers. */
const onlyForms = createMiddleware(async (c, next) => {
  if (c.req.method === 'POST')
    await c.req.parseBody().catch(() => {
      throw new AftercallError('unreadable', 'the body is not a form');
    });
  await next();
});

/** The scheme is not compared: behind a tunnel we see http and the browser sees https. */
const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

/** Passes requests with a session; leads others to the sign-in and back. Each POST must carry the session's token. */
export const requireSession = (options: GuardOptions) =>
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
        throw new AftercallError(
          'not_authentic',
          'this form belongs to another session: load the page again and repeat the step',
        );
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
  const session = await withFreshSecrets(secrets, read, (found) => found === undefined);
  return session && (await keyValues.read(signedOutKey(session.id))) === undefined ? session : undefined;
};

/** Ends the session for every copy of its cookie. The note that says so lives as long as the session would have. */
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

/** A browser stores no Secure cookie from http, and a laptop has only http. Outside, a tunnel to a laptop is https. */
const isSecure = (c: Context): boolean => {
  const { protocol, hostname } = new URL(c.req.url);
  return protocol === 'https:' || !['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
};
