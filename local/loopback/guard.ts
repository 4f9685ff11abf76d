import type { IncomingMessage, ServerResponse } from 'node:http';
import { sameText } from '../../functions/core/source/signature.ts';
import type { Credentials } from '../cloud/credentials.ts';

/** Says why a request is refused; undefined where the next guard, or the server itself, has the word. */
export type Guard = (request: IncomingMessage) => string | undefined;

const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Refuses a Host that is not a loopback name, or one of the given. A web page can have its own name resolve to
 * 127.0.0.1 (DNS rebinding), and its requests then bear that name. The port says nothing of that, and is not looked at: a
 * forwarded port is another.
 */
export const ownName =
  (...others: readonly string[]): Guard =>
  ({ headers: { host = '' }, url = '' }) => {
    const name = host.replace(/:\d*$/, '').toLowerCase();
    // A target with a host of its own would be believed before the header.
    if (url.startsWith('/') && [...LOOPBACK_NAMES, ...others].includes(name)) return undefined;
    return `this server answers only to the names ${[...LOOPBACK_NAMES, ...others].join(', ')}, and the request came for another`;
  };

/** Refuses what a web page can send to a server that shows no pages. */
export const noPages: Guard = (request) => {
  const { origin, 'sec-fetch-site': site = 'none' } = request.headers;
  if (request.method === 'OPTIONS' || origin !== undefined || site !== 'none') return FROM_A_PAGE;
  return simpleForm(request);
};

/** Refuses what a page of another server can send to one that shows pages of its own. */
export const ownPagesAlone: Guard = (request) => {
  const { origin, host, 'sec-fetch-site': site = 'none' } = request.headers;
  const foreign = origin !== undefined && origin !== `http://${host}`;
  if (request.method === 'OPTIONS' || foreign || !['none', 'same-origin'].includes(site)) return FROM_A_PAGE;
  return simpleForm(request);
};

const FROM_A_PAGE =
  'the request came from a web page of another server, and this server answers none; open the address by hand';

/** The types of https://fetch.spec.whatwg.org/#cors-safelisted-request-header: any page may post these, and is not asked first. */
const SIMPLE_TYPES = /^\s*(text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)\s*(;|$)/i;

const simpleForm = ({ method = '', headers }: IncomingMessage): string | undefined =>
  method === 'POST' && SIMPLE_TYPES.test(headers['content-type'] ?? '')
    ? `content-type: ${headers['content-type']?.slice(0, 100)} is what any web page may post, and nothing here takes it`
    : undefined;

/** Refuses a call that is not of the one AWS API, in its JSON protocol: `AmazonSQS` as in `X-Amz-Target: AmazonSQS.SendMessage`. */
export const jsonApiAlone =
  (api: string): Guard =>
  ({ method, url, headers }) => {
    const isCall = method === 'POST' && url === '/' && headers['content-type'] === 'application/x-amz-json-1.0';
    if (isCall && String(headers['x-amz-target']).startsWith(`${api}.`)) return undefined;
    return `this server takes ${api}'s JSON protocol alone`;
  };

/** Refuses a request that was not signed with the access key of this server. The key is random, and so nobody's who was not given it. */
export const accessKeyAlone =
  ({ accessKeyId }: Credentials): Guard =>
  (request) =>
    sameText(accessKeyOf(request) ?? '', accessKeyId)
      ? undefined
      : 'the request is not signed with the access key of this server, which cloud.json of the data folder holds';

/** Of Signature Version 4, in the header or in a presigned URL; undefined where there is none or there are two. */
const accessKeyOf = ({ headers, url = '' }: IncomingMessage): string | undefined => {
  const signed = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1];
  const presigned = presignedKeyOf(url);
  if (headers.authorization !== undefined) return presigned === undefined ? signed : undefined;
  return presigned;
};

/** A server that checks signatures only where it sees all of their parts must not be asked with some of them. */
const presignedKeyOf = (url: string): string | undefined => {
  const query = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '');
  const one = (name: string) => (query.getAll(name).length === 1 ? query.get(name) : undefined);
  const complete = one('X-Amz-Algorithm') === 'AWS4-HMAC-SHA256' && one('X-Amz-Signature');
  return complete ? one('X-Amz-Credential')?.split('/')[0] : undefined;
};

/** The first guard that refuses has the word. */
export const all =
  (...guards: readonly Guard[]): Guard =>
  (request) => {
    for (const guard of guards) {
      const refusal = guard(request);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };

/** The answer to a refused request, which AWS's clients read as well as the bridge's own. What follows on the connection is not read. */
export const refuse = (response: ServerResponse, message: string): void => {
  response.writeHead(403, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ __type: 'AccessDeniedException', error: { code: 'not_authentic', message }, message }));
};
