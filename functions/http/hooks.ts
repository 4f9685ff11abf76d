import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { AftercallError } from '../core/model/errors.ts';
import type { Log } from '../core/ports/ports.ts';
import type { Acceptance, acceptEvent } from '../core/receive/accept-event.ts';
import { answerError, errorAnswer } from './errors.ts';
import { nothingHere } from './nothing-here.ts';

/** The limit of a Lambda request. Each source allows less. */
const MAX_BODY_BYTES = 6_000_000;

/** The limit of a source's name, and one more. */
const MAX_NAME_CHARACTERS = 65;

export interface HooksOptions {
  accept: ReturnType<typeof acceptEvent>;
  /** Without a slash at its end. Schemes that sign the URL sign this one, not the URL that a proxy forwards. */
  publicUrl: string;
  log: Log;
}

/**
 * `POST /hooks/:source` (also GET: Twilio may be set so), with or without a slash at the end. A source may ask for statuses
 * of its own.
 */
export const hooksApp = ({ accept, publicUrl, log }: HooksOptions) => {
  const app = new Hono<Platform>({ strict: false });
  app.onError(answerError(log, 'receive'));
  app.notFound(nothingHere(app));
  const tooLarge = () => {
    throw new AftercallError('too_large', `a webhook's body may have ${MAX_BODY_BYTES} bytes`);
  };

  app.on(['POST', 'GET'], '/hooks/:source', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }), async (c) => {
    const name = c.req.param('source');
    const acceptance = await accept(name, {
      method: c.req.method,
      url: publicUrl + pathOf(c.req.url) + rawSearch(c),
      headers: c.req.header(),
      body: new Uint8Array(await c.req.arrayBuffer()),
    });
    const source = name.slice(0, MAX_NAME_CHARACTERS); // a stranger's name may be as long as a URL
    const logAnswer = (outcome: string, reason?: string) =>
      log.info('answered', { step: 'receive', source, outcome, ...(reason && { reason }) });
    if (acceptance.kind === 'handshake') {
      logAnswer('handshake');
      return new Response(acceptance.answer.body, { ...acceptance.answer });
    }
    const answer = toAnswer(acceptance);
    if (acceptance.kind === 'unavailable') {
      log.error('request failed', { step: 'receive', source, outcome: 'unavailable', error: acceptance.cause });
    } else if (answer instanceof AftercallError) {
      log.warn('refused', { step: 'receive', source, outcome: acceptance.kind, reason: answer.message });
    }
    if (answer instanceof AftercallError) {
      return errorAnswer(c, answer, statusOf(acceptance));
    }
    logAnswer(acceptance.kind, 'reason' in acceptance ? acceptance.reason : undefined);
    const status = statusOf(acceptance) ?? 200;
    return NO_BODY.includes(status) ? c.body(null, status) : c.json(answer, status);
  });
  return app;
};

/** Statuses whose answers have no body; some senders ask for one of these. */
const NO_BODY: readonly number[] = [204, 205];

const toAnswer = (acceptance: Exclude<Acceptance, { kind: 'handshake' }>): AftercallError | object => {
  switch (acceptance.kind) {
    case 'accepted':
      return { memos: acceptance.memos };
    case 'pending':
      return { pending: acceptance.recordings[0] };
    case 'ignored':
      return { ignored: acceptance.reason };
    case 'unsigned':
      return new AftercallError('unavailable', acceptance.reason, { retryAfterMs: 1000 });
    case 'unavailable':
      return new AftercallError('unavailable', acceptance.reason, { retryAfterMs: acceptance.retryAfterMs ?? 5000 });
    case 'refused':
      return new AftercallError('not_authentic', acceptance.reason);
    case 'unreadable':
      return new AftercallError('unreadable', acceptance.reason);
    case 'too-large':
      return new AftercallError('too_large', acceptance.reason);
    case 'no-such-source':
      return new AftercallError('no_such_source', 'there is no source of this name, or its secret is absent');
  }
};

/** The cast holds since a source's statuses are HTTP's; Hono's type lists those that may have a body. */
const statusOf = (acceptance: Acceptance) =>
  'statuses' in acceptance ? (acceptance.statuses?.[acceptance.kind] as 200 | undefined) : undefined;

/** What Hono's adapters for Lambda and Node pass beside the request. */
interface Platform {
  Bindings: { event?: { rawQueryString?: string }; incoming?: { url?: string } };
}

const pathOf = (url: string): string => /^\w+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? '/';

/**
 * The query as it was sent, since signatures cover it. A Request escapes some characters again (an apostrophe), and API
 * Gateway decodes the path, so that a `?` of the path may stand before the query's.
 */
const rawSearch = (c: Context<Platform>): string => {
  const { event, incoming } = c.env ?? {};
  if (event?.rawQueryString !== undefined) return event.rawQueryString && `?${event.rawQueryString}`;
  return /\?[^#]*/.exec(incoming?.url ?? c.req.url)?.[0] ?? '';
};
