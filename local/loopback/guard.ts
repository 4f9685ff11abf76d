import type { IncomingMessage, ServerResponse } from 'node:http';
import { sameText } from '../../functions/core/source/signature.ts';
import type { Credentials } from '../cloud/credentials.ts';

/** Returns the reason of a refusal; undefined lets the next guard, or the server, decide. */
export type Guard = (request: IncomingMessage) => string | undefined;

const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Refuses a Host that is not a loopback name or one of `others`. A web page can make its own name resolve to 127.0.0.1
 * (DNS rebinding), and its requests then have that name. The port is not checked: it proves nothing, and a forwarded
 * port is a different one.
 */
export const ownName =
  (...others: readonly string[]): Guard =>
  ({ headers: { host = '' }, url = '' }) => {
    const name = host.replace(/:\d*$/, '').toLowerCase();
    // If the request target names a host, a server would trust that host more than the header.
    if (url.startsWith('/') && [...LOOPBACK_NAMES, ...others].includes(name)) return undefined;
    return `this server answers only to the names ${[...LOOPBACK_NAMES, ...others].join(', ')}, and the request came for another`;
  };

/** For a server without pages: refuses all requests that a web page can send. */
export const noPages: Guard = (request) => {
  const { origin, 'sec-fetch-site': site = 'none' } = request.headers;
  if (request.method === 'OPTIONS' || origin !== undefined || site !== 'none') return FROM_A_PAGE;
  return simpleForm(request);
};

/** For a server with pages: refuses all requests that a page of another server can send. */
export const ownPagesAlone: Guard = (request) => {
  const { origin, host, 'sec-fetch-site': site = 'none' } = request.headers;
  const foreign = origin !== undefined && origin !== `http://${host}`;
  if (request.method === 'OPTIONS' || foreign || !['none', 'same-origin'].includes(site)) return FROM_A_PAGE;
  return simpleForm(request);
};

const FROM_A_PAGE =
  'the request came from a web page of another server, and this server answers none; open the address by hand';

/** Types that any page may post without a preflight: https://fetch.spec.whatwg.org/#cors-safelisted-request-header */
const SIMPLE_TYPES = /^\s*(text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)\s*(;|$)/i;

const simpleForm = ({ method = '', headers }: IncomingMessage): string | undefined =>
  method === 'POST' && SIMPLE_TYPES.test(headers['content-type'] ?? '')
    ? `content-type: ${headers['content-type']?.slice(0, 100)} is what any web page may post, and nothing here takes it`
    : undefined;

/**
 * Refuses all calls but those of one AWS API in its JSON protocol.
 * @param api for example `AmazonSQS`, as in `X-Amz-Target: AmazonSQS.SendMessage`
 */
export const jsonApiAlone =
  (api: string): Guard =>
  ({ method, url, headers }) => {
    const isCall = method === 'POST' && url === '/' && headers['content-type'] === 'application/x-amz-json-1.0';
    if (isCall && String(headers['x-amz-target']).startsWith(`${api}.`)) return undefined;
    return `this server takes ${api}'s JSON protocol alone`;
  };

/** Refuses a request that does not name this server's access key. The key is random: only our programs know it. */
export const accessKeyAlone =
  ({ accessKeyId }: Credentials): Guard =>
  (request) =>
    sameText(accessKeyOf(request) ?? '', accessKeyId)
      ? undefined
      : 'the request is not signed with the access key of this server, which cloud.json of the data folder holds';

/** The access key in a Signature Version 4, in the header or a presigned URL; undefined for none or for two. */
const accessKeyOf = ({ headers, url = '' }: IncomingMessage): string | undefined => {
  const signed = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1];
  const presigned = presignedKeyOf(url);
  if (headers.authorization !== undefined) return presigned === undefined ? signed : undefined;
  return presigned;
};

/** A server may skip the check of a signature with missing parts, so an incomplete signature names no key. */
const presignedKeyOf = (url: string): string | undefined => {
  const query = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '');
  const one = (name: string) => (query.getAll(name).length === 1 ? query.get(name) : undefined);
  const complete = one('X-Amz-Algorithm') === 'AWS4-HMAC-SHA256' && one('X-Amz-Signature');
  return complete ? one('X-Amz-Credential')?.split('/')[0] : undefined;
};

/** Asks the guards in order; the first refusal counts. */
export const all =
  (...guards: readonly Guard[]): Guard =>
  (request) => {
    for (const guard of guards) {
      const refusal = guard(request);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };

/** Answers a refused request, in a form for AWS's clients and the bridge's own, and closes the connection. */
export const refuse = (response: ServerResponse, message: string): void =>
  answerFault(response, 403, { __type: 'AccessDeniedException', error: { code: 'not_authentic', message }, message });

/** Answers while the server cannot do its work, in the same form. The client may ask again. */
export const answerUnavailable = (response: ServerResponse, message: string): void =>
  answerFault(response, 503, { __type: 'ServiceUnavailable', error: { code: 'unavailable', message }, message });

const answerFault = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
};
