import LinqAPIV3, { APIError } from '@linqapp/sdk';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import type { Timing } from '../core/model/timing.ts';
import type { Clock, NotSent, Secrets } from '../core/ports/ports.ts';
import type { SecretRef } from '../core/ports/source.ts';
import { decide } from './messenger.linq-answers.ts';
import { boundedMs, retryAfterMs } from './retry-after.ts';

export interface LinqOptions {
  secrets: Secrets;
  apiKey: SecretRef;
  /** @default Linq's own address */
  baseUrl?: string;
  clock: Clock;
  timing: Timing;
}

/** Calls Linq through its official SDK, without the SDK's retries, which could send twice, and without its log. */
export const linqCaller = ({ secrets, apiKey, baseUrl, clock, timing }: LinqOptions) => {
  /** The answers for all keys of the last call, if Linq refused every key, and until when they count. */
  let allRefused: { answers: ReadonlyMap<string, NotSent>; untilMs: number } | undefined;
  return attempt;

  /**
   * Makes one call, which is aborted with its body when its time is up. If Linq refuses a key, nothing was sent, so the
   * next key is tried, and after the last key the keys are read again: they may have been rotated. If all keys were
   * refused a moment ago, Linq is not asked again at once, since every waiting memo would ask each minute.
   */
  async function attempt<T extends object>(
    timeoutMs: number,
    call: (linq: LinqAPIV3, signal: AbortSignal) => Promise<T>,
  ): Promise<T | NotSent> {
    const signal = AbortSignal.timeout(Math.ceil(timeoutMs));
    const lately = allRefused && clock.nowMs() < allRefused.untilMs ? allRefused.answers : new Map<string, NotSent>();
    const refused = new Map<string, NotSent>();
    for (const again of [false, true]) {
      if (again && !secrets.forget()) break;
      let keys: readonly string[];
      try {
        keys = await secrets.read(apiKey);
      } catch {
        return { kind: 'our-fault', reason: `${apiKey.name} cannot be read` }; // nothing was sent
      }
      for (const key of keys.filter((key) => !refused.has(key))) {
        const outcome = lately.get(key) ?? (await once(key, timeoutMs, signal, call));
        if (!('code' in outcome && String(outcome.code).startsWith('401'))) return outcome;
        refused.set(key, outcome as NotSent); // no success has such a code
      }
    }
    const answer = [...refused.values()].at(-1);
    if (!answer) return { kind: 'our-fault', reason: `there is no ${apiKey.name}` };
    const isNews = [...refused.keys()].some((key) => !lately.has(key));
    if (isNews) allRefused = { answers: refused, untilMs: clock.nowMs() + timing.keyRefusedMs };
    return answer;
  }

  /** One try, over a connection of its own. */
  async function once<T>(
    key: string,
    timeoutMs: number,
    signal: AbortSignal,
    call: (linq: LinqAPIV3, signal: AbortSignal) => Promise<T>,
  ): Promise<T | NotSent> {
    const wire = freshConnection(timing.linqConnectMs);
    const linq = new LinqAPIV3({
      apiKey: key,
      ...(baseUrl && { baseURL: baseUrl }),
      maxRetries: 0, // the SDK's default of two would post a failing memo three times
      timeout: timeoutMs,
      logLevel: 'off', // the SDK's debug level prints the presigned URL
      fetch: wire.fetch,
    });
    try {
      return await call(linq, signal);
    } catch (error) {
      if (error instanceof APIError && error.status !== undefined) return fromAnswer(error, clock.nowMs());
      if (!wire.connected()) return { kind: 'not-now', waitsFor: 'linq', reason: 'Linq cannot be reached' };
      return { kind: 'unknown', reason: 'the connection ended before Linq answered' };
    } finally {
      await wire.close();
    }
  }
};

const fromAnswer = (error: APIError, nowMs: number): NotSent => {
  const code = numberIn(error.error, 'code');
  const { kind, reason, to = 'failed', waitsFor = 'linq', waitMs } = decide(error.status ?? 0, code);
  const traceId = error.headers?.get('x-trace-id');
  const trace = {
    code: code === undefined ? String(error.status) : `${error.status}/${code}`,
    ...(traceId && { traceId }),
  };
  if (kind === 'refused') return { kind, to, reason, ...trace };
  if (kind !== 'not-now') return { kind, reason, ...trace };
  // Documented as the header's value in seconds. Used where a gateway has removed the header.
  const bodySeconds = numberIn(error.error, 'retry_after') ?? -1;
  const bodyMs = bodySeconds >= 0 ? boundedMs(bodySeconds * 1000) : undefined;
  const wait = retryAfterMs(error.headers?.get('retry-after'), nowMs) ?? bodyMs ?? waitMs;
  return { kind, reason, waitsFor, ...(wait !== undefined && { retryAfterMs: wait }), ...trace };
};

/** A gateway's 5xx may have HTML as body, so Linq's error fields may be absent. */
const numberIn = (body: unknown, field: 'code' | 'retry_after'): number | undefined => {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  if (typeof error !== 'object' || error === null) return undefined;
  const value = Object.entries(error).find(([name]) => name === field)?.[1];
  return typeof value === 'number' ? value : undefined;
};

/**
 * A connection for one call. The reset of a kept-alive connection would look like a request that was accepted. And only
 * our own connector can show that no connection was made, so that nothing was sent.
 */
const freshConnection = (connectMs: number) => {
  let connected = false;
  const open = buildConnector({ timeout: connectMs });
  const agent = new Agent({
    pipelining: 0,
    connect: (options, callback) =>
      open(options, (...[error, socket]) => {
        if (error) return callback(error, null);
        connected = true;
        callback(null, socket);
      }),
  });
  return {
    connected: () => connected,
    close: () => agent.destroy(),
    // fetch and agent must be from the same undici. The SDK expects the type of the global fetch, which has the same
    // shape.
    fetch: ((url, init) =>
      undiciFetch(String(url), { ...(init as object), redirect: 'manual', dispatcher: agent })) as typeof fetch,
  };
};
