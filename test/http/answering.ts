import { setTimeout } from 'node:timers/promises';
import { handle } from 'hono/aws-lambda';
import bridge from '../../bridge.config.ts';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { type Raw, shown } from './anything.ts';
import { type Speaker, speakers } from './deliveries.ts';
import { gatewayEvent } from './gateway.ts';
import { receiving } from './receiving.ts';

/**
 * The hooks of the shipped configuration, with every source on and each secret in the middle of a rotation, over a
 * queue in memory.
 */
const made = await speakers();
export const all = made.speakers;
const rotating = Object.entries(made.secrets).map(([name, value]) => [name, [`${value}AAAA`, value]] as const);
const { app, queued, lines } = receiving({ sources: bridge.sources, secrets: Object.fromEntries(rotating) });

export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  text: string;
}
export type Ask = (raw: Raw) => Promise<Answer>;

/** Sends the request as an HTTP client does. */
export const byFetch: Ask = async ({ method, path, query, headers, body }) => {
  const url = `https://hooks.example.com${path}${query && `?${query}`}`;
  const init = { method, headers: headers.map(([name, value]): [string, string] => [name, value]) };
  const withBody = ['GET', 'HEAD'].includes(method) ? init : { ...init, body: new Uint8Array(body) };
  const answer = await app.fetch(new Request(url, withBody));
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
};

/**
 * Sends the request as API Gateway does: repeated headers are joined, bytes that are not text are in base64, and text
 * comes in either form.
 */
export const byLambda: Ask = async ({ method, path, query, headers, body }) => {
  const joined: Record<string, string> = {};
  for (const [name, value] of headers) {
    const low = name.toLowerCase();
    joined[low] = joined[low] === undefined ? value : `${joined[low]},${value}`;
  }
  const isText = Buffer.from(Buffer.from(body).toString()).equals(Buffer.from(body));
  const request = { method, url: 'https://hooks.example.com/', headers: joined, body };
  const event = { ...gatewayEvent(request, !isText || body.length % 2 === 0), rawPath: path, rawQueryString: query };
  const { statusCode, body: text, headers: answered } = await handle(app)(event);
  return { status: statusCode, headers: Object(answered), text };
};

export const raw = ({ url, headers, ...request }: WebhookRequest): Raw => {
  const { pathname, search } = new URL(url);
  return { ...request, path: pathname, query: search.slice(1), headers: Object.entries(headers) };
};

/**
 * The first limit is processor time, because other programs use the machine; the second is clock time, for an answer
 * that never comes.
 */
const [ANSWER_MS, HANG_MS] = [1000, 10_000];
/** The limit for a Lambda's answer: six megabytes. */
const MAX_ANSWER_BYTES = 6_000_000;

/**
 * Sends a request, and checks what must hold for any request: an answer comes, soon, with a documented status and
 * without a secret; the answer reports that something was kept exactly where the queue holds it.
 * @param outcome what must happen: `nothing` where the sender's secret did not sign the request
 */
export const answerTo = async (ask: Ask, sent: Raw, outcome: 'nothing' | 'kept' | 'either'): Promise<Answer> => {
  const first = await timed(ask, sent);
  // On an overloaded machine, processor time counts too fast: a slow request is only an error if it is slow twice.
  const { answer, ms } = first.ms > ANSWER_MS ? await timed(ask, sent) : first;
  if (!answer || ms > ANSWER_MS) throw new Error(`no answer within a second to ${shown(sent)}`);

  const { status, text } = answer;
  const said = `${status} ${text.slice(0, 300)} to ${shown(sent)}`;
  const isDocumented = [200, 400, 401, 404, 413].includes(status) || namesMethods(sent, answer);
  if (!isDocumented && !asksToSign(sent, answer)) throw new Error(`answered ${said}`);
  if (lines.some((line) => line.includes('request failed'))) throw new Error(`${lines.join()}: ${said}`);
  if (text.length > MAX_ANSWER_BYTES) throw new Error(`a Lambda cannot answer ${text.length} bytes: ${said}`);
  for (const [name, value] of Object.entries(made.secrets)) {
    if (text.includes(value)) throw new Error(`${name} is in the answer ${said}`);
  }
  const claims = /^\{"(memos|pending)"/.test(text);
  if (claims !== queued.length > 0) throw new Error(`the queue holds ${queued.length}: ${said}`);
  if (outcome !== 'either' && claims !== (outcome === 'kept')) throw new Error(`must be ${outcome}: ${said}`);
  return answer;
};

export const goodStillWorks = async (ask: Ask, { good }: Speaker): Promise<void> => {
  await answerTo(ask, raw(good), 'kept');
};

/**
 * RingCentral's handshake is its first request and proves nothing: the hook returns its own token, and keeps nothing.
 */
export const isHandshake = ({ path, body }: Raw, { status, text }: Answer): boolean =>
  status === 200 && decodesTo(path, 'ringcentral') && body.length === 0 && text === '';

/** A 405 names the allowed methods, and only a method that is not allowed gets a 405. */
const namesMethods = ({ method }: Raw, { status, headers }: Answer): boolean =>
  status === 405 && !['GET', 'HEAD', 'POST'].includes(method) && headers.allow === 'GET, POST';

/** The only documented 503 of a bridge whose queue works: the hook asks Vonage to send again with its missing JWT. */
const asksToSign = ({ method, path, headers }: Raw, { status, headers: answered, text }: Answer): boolean =>
  status === 503 &&
  decodesTo(path, 'vonage') &&
  !headers.some(([name, value]) => name.toLowerCase() === 'authorization' && value !== '') &&
  answered['retry-after'] === '1' &&
  (method === 'HEAD' || JSON.parse(text).error.code === 'unavailable');

const decodesTo = (path: string, source: string) =>
  path.replace(/%(\w\w)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))).includes(source);

const timed = async (ask: Ask, sent: Raw): Promise<{ answer: Answer | undefined; ms: number }> => {
  queued.length = 0;
  lines.length = 0;
  const answered = new AbortController();
  const late = setTimeout(HANG_MS, undefined, { signal: answered.signal }).catch(() => undefined);
  const begun = process.threadCpuUsage();
  const answer = await Promise.race([ask(sent), late]).finally(() => answered.abort());
  const { user, system } = process.threadCpuUsage(begun);
  return { answer, ms: answer ? (user + system) / 1000 : HANG_MS };
};
