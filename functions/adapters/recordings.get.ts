import { type Dispatcher, request } from 'undici';
import type { Secrets } from '../core/ports/ports.ts';
import type { FetchPlan } from '../core/ports/source.ts';
import { hostAndPort, leadsTo, matches, whyForbidden } from './recordings.address.ts';
import { type Answer, type Failed, failed } from './recordings.body.ts';
import type { Credentials } from './recordings.credentials.ts';

interface RequestOptions {
  method?: 'GET' | 'DELETE';
  /** Sent as JSON by POST. */
  post?: unknown;
  headers?: Readonly<Record<string, string>>;
}

const MAX_REDIRECTS = 3;

/**
 * Requests through the download guard.
 * @param allowed `host:port` that need no check, local only; they never get credentials
 */
export const guardedGet = ({
  agent,
  allowed,
  secrets,
}: {
  agent: Dispatcher;
  allowed: ReadonlySet<string>;
  secrets: Pick<Secrets, 'forget'>;
}) => {
  return get;

  /**
   * One request, with its redirects followed here so that each address is checked. A 401 tries the next credentials.
   * @returns the last answer, its body unread
   */
  async function get(
    start: string,
    plan: FetchPlan,
    credentials: Credentials,
    signal: AbortSignal,
    { method = 'GET', post, headers }: RequestOptions = {},
  ): Promise<Answer | Failed> {
    let url = start;
    let tried = 0;
    for (let hops = 0; ; ) {
      const forbidden = whyForbidden(url, plan, allowed);
      if (forbidden) return { kind: 'rejected', reason: forbidden };
      const secret = mayHaveCredentials(url, plan) ? credentials[tried] : undefined;
      const answer = await requestOnce(url, signal, { method, post, headers: { ...headers, ...secret } });
      if (answer.kind !== 'answer') return answer;
      const { location } = answer.headers;
      const status = leadsTo(plan.loginPath, location, url) ? 401 : answer.status;
      // A POST is not repeated at another address.
      if (status >= 300 && status < 400 && location && post === undefined) {
        discard(answer);
        if (++hops > MAX_REDIRECTS) return { kind: 'rejected', reason: `more than ${MAX_REDIRECTS} redirects` };
        if (!URL.canParse(location, url)) return { kind: 'rejected', reason: 'a redirect that is not a URL' };
        url = new URL(location, url).href;
      } else if (status === 401 && secret && credentials[tried + 1]) {
        discard(answer);
        tried += 1;
      } else {
        if (status === 401 && secret) secrets.forget(); // the next try reads the secrets again: they may have been rotated
        return { ...answer, status };
      }
    }
  }

  async function requestOnce(
    url: string,
    signal: AbortSignal,
    { method = 'GET', post, headers: more }: RequestOptions,
  ): Promise<Answer | Failed> {
    const content = post === undefined ? undefined : JSON.stringify(post);
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: agent,
        signal,
        method: content === undefined ? method : 'POST',
        ...(content !== undefined && { body: content }),
        headers: {
          'accept-encoding': 'identity',
          'user-agent': 'aftercall',
          ...(content !== undefined && { 'content-type': 'application/json' }),
          ...more,
        },
      });
      // undici raises an abort error on a body that is not read to its end. Without a listener the error would end the
      // process.
      body.on('error', () => {});
      return { kind: 'answer', status: statusCode, headers: flat(headers), body, url };
    } catch (error) {
      return failed(error);
    }
  }

  function mayHaveCredentials(url: string, plan: FetchPlan): boolean {
    const { hostname } = new URL(url);
    const isTrusted = plan.credentialHosts?.some((pattern) => matches(hostname, pattern)) ?? false;
    return isTrusted && !allowed.has(hostAndPort(new URL(url)));
  }
};

export const discard = ({ body }: Answer) => body.destroy();

const flat = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
