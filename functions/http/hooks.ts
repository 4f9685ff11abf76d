import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Acceptance, acceptEvent } from '../core/accept-event.ts';
import { AftercallError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { answerError, errorAnswer } from './errors.ts';

/** Far above any event without audio in it, and what SQS could carry on. */
const MAX_BODY_BYTES = 1024 * 1024;

export interface HooksOptions {
  accept: ReturnType<typeof acceptEvent>;
  /** Without a slash at its end. Schemes that sign the URL sign this one, not the one a proxy shows us. */
  publicUrl: string;
  log: Log;
}

/** `POST /hooks/:source` (GET too: Twilio can be set so). The answer's status is the source's where it asks for another. */
export const hooksApp = ({ accept, publicUrl, log }: HooksOptions) => {
  const app = new Hono();
  app.onError(answerError(log, 'receive'));
  app.notFound((c) => errorAnswer(c, new AftercallError('not_found', 'there is nothing here')));
  const tooLarge = () => {
    throw new AftercallError('too_large', `a webhook's body may have ${MAX_BODY_BYTES} bytes`);
  };

  app.on(['POST', 'GET'], '/hooks/:source', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }), async (c) => {
    const name = c.req.param('source');
    const { pathname, search } = splitUrl(c.req.url);
    const acceptance = await accept(name, {
      method: c.req.method,
      url: publicUrl + pathname + search,
      headers: c.req.header(),
      body: new Uint8Array(await c.req.arrayBuffer()),
    });
    if (acceptance.kind === 'handshake') return new Response(acceptance.answer.body, { ...acceptance.answer });
    const answer = toAnswer(acceptance);
    if (answer instanceof AftercallError) {
      log.warn('refused', { step: 'receive', source: name, outcome: acceptance.kind, why: answer.message });
      return errorAnswer(c, answer, statusOf(acceptance));
    }
    return c.json(answer, statusOf(acceptance) ?? 200);
  });
  return app;
};

const toAnswer = (acceptance: Exclude<Acceptance, { kind: 'handshake' }>): AftercallError | object => {
  switch (acceptance.kind) {
    case 'accepted':
      return { memos: acceptance.memos };
    case 'pending':
      return { pending: acceptance.recordings[0] };
    case 'ignored':
      return { ignored: acceptance.why };
    case 'unsigned':
      return new AftercallError('unavailable', acceptance.why, { retryAfterMs: 1000 });
    case 'refused':
      return new AftercallError('not_authentic', acceptance.why);
    case 'unreadable':
      return new AftercallError('unreadable', acceptance.why);
    case 'no-such-source':
      return new AftercallError('no_such_source', 'there is no such source, or its secret is absent');
  }
};

/** A source's own statuses are numbers its documentation names; Hono's type lists those that may have a body. */
const statusOf = (acceptance: Acceptance) =>
  'statuses' in acceptance ? (acceptance.statuses?.[acceptance.kind] as 200 | undefined) : undefined;

/** By hand: a URL object would rewrite characters of the query that a signature covers. */
const splitUrl = (url: string): { pathname: string; search: string } => {
  const [, pathname = '/', search = ''] = /^\w+:\/\/[^/?#]*([^?#]*)(\?[^#]*)?/.exec(url) ?? [];
  return { pathname, search };
};
