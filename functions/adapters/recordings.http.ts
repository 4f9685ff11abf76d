import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Dispatcher, request } from 'undici';
import type { Clock, Fetched, OnSlow, Recordings, RemoteRecording, Secrets } from '../core/ports.ts';
import type { Recording } from '../core/recording.ts';
import type { FetchPlan } from '../core/source.ts';
import type { Timing } from '../core/timing.ts';
import { type Answer, counted, type Failed, failed, lengthOf, tooLarge } from './recordings.body.ts';
import { type Credentials, credentialsOf } from './recordings.credentials.ts';
import { isPackingFault, packingOf, unpacked } from './recordings.encoding.ts';
import { type GuardOptions, guardedAgent } from './recordings.guard.ts';
import { type Pace, slowHosts, watchPace } from './recordings.pace.ts';
import { retryAfterMs } from './retry-after.ts';

export interface RecordingsHttpOptions {
  secrets: Secrets;
  clock: Clock;
  timing: Timing;
  maxBytes: number;
  /** `host:port`, local only: see `AFTERCALL_ALLOW_HOSTS`. */
  allowHosts?: readonly string[];
  /** How names and sockets are come by, where not through the operating system. */
  network?: Pick<GuardOptions, 'lookup' | 'connector'>;
}

/** What storages answer for a URL that has expired: S3 403, R2 400, others that it is gone. */
const STALE = [400, 401, 403, 404, 410];
const MAX_REDIRECTS = 3;
const MAX_ANSWER_BYTES = 1_000_000;

/**
 * Fetches what a webhook's URL names, and nothing else: https on port 443, the plan's hosts, public addresses, at every
 * redirect anew; credentials only to the plan's credential hosts; limits on time, silence, pace and bytes, before and after unpacking.
 */
export const httpRecordings = ({
  secrets,
  clock,
  timing,
  maxBytes,
  allowHosts = [],
  network,
}: RecordingsHttpOptions): Recordings => {
  const allowed = new Set(allowHosts);
  const agent = guardedAgent({ allowHosts: allowed, ...timing.download, ...network });
  const slow = slowHosts();
  const credentialsFor = async (recording: Recording, plan: FetchPlan) => {
    const context = { nowMs: clock.nowMs(), read: secrets.read };
    const found = await credentialsOf(plan, recording, context, { dispatcher: agent, timeoutMs: timing.lookUpMs });
    if (found.kind === 'trouble') secrets.forget(); // perhaps they were refused: the next try reads them anew
    return found;
  };

  return {
    async download<T>(
      recording: RemoteRecording,
      plan: FetchPlan,
      into: (body: Readable, bytes?: number) => Promise<T>,
      lease: AbortSignal,
      onSlow?: OnSlow,
    ) {
      const proof = await credentialsFor(recording, plan);
      if (proof.kind !== 'credentials') return proof;
      const credentials = proof.sets;
      const take = async (url: string): Promise<{ result: Fetched<T>; stale?: boolean }> => {
        const pace = watchPace(timing.download, onSlow, slow.has(url));
        let whole = false;
        try {
          const answer = await get(url, plan, credentials, AbortSignal.any([lease, pace.signal]));
          if (answer.kind !== 'answer') return { result: answer };
          const refusal = notAudio(answer, plan);
          if (!refusal) {
            const result = await pour(answer, into, pace);
            whole = result.kind === 'fetched';
            return { result };
          }
          discard(answer);
          return { result: refusal, stale: STALE.includes(answer.status) };
        } finally {
          const { wasSlow } = await pace.end();
          if (wasSlow || whole) slow.note(url, wasSlow);
        }
      };
      const { media } = recording;
      const first = media.kind === 'url' ? await take(media.url) : undefined;
      let result: Fetched<T> = first?.result ?? {
        kind: 'rejected',
        why: 'its source has no way to be asked for a URL',
      };
      if (plan.freshUrl && (!first || first.stale)) {
        const fresh = await question(plan.freshUrl(recording), plan, credentials, lease);
        result = fresh.kind === 'fetched' ? (await take(fresh.value)).result : notYetWithout(first, fresh);
      }
      if (result.kind === 'trouble') lease.throwIfAborted(); // a lost lease is no trouble of the source's
      return result;
    },

    async ask(asked, recording, plan) {
      const proof = await credentialsFor(recording, plan);
      if (proof.kind !== 'credentials') return proof;
      // An API that wants credentials says nothing without them, and no later either: nobody waits a day for its 401.
      if (plan.credentials && proof.sets.length === 0)
        return { kind: 'rejected', why: 'there are no credentials to ask with' };
      return question(asked, plan, proof.sets, new AbortController().signal);
    },
  };

  /** GET with the redirects followed by hand; the last answer, its body unread. */
  async function get(
    start: string,
    plan: FetchPlan,
    credentials: Credentials,
    signal: AbortSignal,
  ): Promise<Answer | Failed> {
    let url = start;
    let tried = 0;
    for (let hops = 0; ; ) {
      const forbidden = whyForbidden(url, plan);
      if (forbidden) return { kind: 'rejected', why: forbidden };
      const trusted = plan.credentialHosts?.some((pattern) => matches(new URL(url).hostname, pattern)) ?? false;
      const secret = trusted && !allowed.has(hostAndPort(new URL(url))) ? credentials[tried] : undefined;
      let response: Dispatcher.ResponseData;
      try {
        response = await request(url, {
          dispatcher: agent,
          signal,
          headers: { 'accept-encoding': 'identity', 'user-agent': 'aftercall', ...secret },
        });
      } catch (error) {
        return failed(error);
      }
      const headers = flat(response.headers);
      const { body } = response;
      const status = leadsTo(plan.loginPath, headers.location, url) ? 401 : response.statusCode;
      // Whoever stops reading before the end makes undici raise an abort on the body: it is ours, so it is heard here.
      body.on('error', () => {});
      if (status >= 300 && status < 400 && headers.location) {
        body.destroy();
        if (++hops > MAX_REDIRECTS) return { kind: 'rejected', why: `more than ${MAX_REDIRECTS} redirects` };
        if (!URL.canParse(headers.location, url)) return { kind: 'rejected', why: 'a redirect that is not a URL' };
        url = new URL(headers.location, url).href;
      } else if (status === 401 && secret && credentials[tried + 1]) {
        body.destroy();
        tried += 1;
      } else {
        if (status === 401 && secret) secrets.forget(); // the next try reads what may have been put in their place
        return { kind: 'answer', status, headers, body };
      }
    }
  }

  function whyForbidden(address: string, plan: FetchPlan): string | undefined {
    if (!URL.canParse(address)) return 'the recording has no readable URL';
    const url = new URL(address);
    if (allowed.has(hostAndPort(url)) && /^https?:$/.test(url.protocol)) return undefined;
    if (url.protocol !== 'https:') return `forbidden address: ${url.protocol.replace(':', '')} is not https`;
    if (url.port !== '') return 'forbidden address: https on port 443 only';
    if (url.username || url.password) return 'forbidden address: a URL with credentials in it';
    if (plan.hosts === 'any-public' || plan.hosts.some((pattern) => matches(url.hostname, pattern))) return undefined;
    return `forbidden address: ${url.hostname} is not a host of this source`;
  }

  async function question<T>(
    { url, read }: { url: string; read(json: unknown): T | undefined },
    plan: FetchPlan,
    credentials: Credentials,
    lease: AbortSignal,
  ): Promise<Fetched<T>> {
    const answer = await get(url, plan, credentials, AbortSignal.any([lease, within(timing.lookUpMs)]));
    if (answer.kind !== 'answer') return answer;
    const refusal = notAudio(answer, plan);
    if (refusal) {
      discard(answer);
      return refusal;
    }
    try {
      const value = read(JSON.parse(await text(counted(answer, MAX_ANSWER_BYTES).bytes)));
      return value === undefined ? { kind: 'rejected', why: 'the source does not say' } : { kind: 'fetched', value };
    } catch (error) {
      return error instanceof SyntaxError ? { kind: 'trouble', why: 'the source answered no JSON' } : failed(error);
    } finally {
      discard(answer);
    }
  }

  /** What a status that is no audio means. 401 and 403 may be mended by a person, so they wait. */
  function notAudio({ status, headers }: Answer, plan: FetchPlan): Failed | undefined {
    const after = retryAfterMs(headers['retry-after'], clock.nowMs());
    const wait = after === undefined ? {} : { retryAfterMs: after };
    const why = `the source answered ${status}`;
    if (status === 202 || status === 204 || plan.notYet.includes(status)) return { kind: 'not-yet', why, ...wait };
    if (status === 401 || status === 403) return { kind: 'trouble', why, ...wait };
    if (status === 408 || status === 425 || status === 429 || status >= 500) return { kind: 'trouble', why, ...wait };
    if (status === 404 || status === 410) return { kind: 'rejected', why: `gone: ${why}` };
    if (status !== 200) return { kind: 'rejected', why };
    const packing = packingOf(headers['content-encoding']);
    if (packing.kind === 'refused') return { kind: 'rejected', why: packing.why };
    if (Number(headers['content-length'] ?? 0) > maxBytes) return tooLarge(`${headers['content-length']} bytes`);
    return undefined;
  }

  async function pour<T>(
    answer: Answer,
    into: (body: Readable, bytes?: number) => Promise<T>,
    pace: Pace,
  ): Promise<Fetched<T>> {
    const { bytes, seen, fault } = counted(answer, maxBytes);
    pace.watch({ seenBytes: seen, isOurs: () => bytes.readableLength > 0 || bytes.writableFinished });
    const packing = packingOf(answer.headers['content-encoding']);
    const plain = packing.kind === 'packed' ? unpacked(bytes, packing.as, maxBytes) : bytes;
    const length = packing.kind === 'packed' ? undefined : lengthOf(answer);
    try {
      return { kind: 'fetched', value: await into(plain, length) };
    } catch (error) {
      const theirs = fault() ?? (isPackingFault(plain.errored) ? plain.errored : undefined);
      if (theirs) return failed(theirs);
      throw error; // ours (S3): the step is tried again
    } finally {
      discard(answer);
    }
  }
};

/** A source that has no URL for a recording whose event had none is not done with it yet. */
const notYetWithout = (first: unknown, fresh: Failed): Failed =>
  !first && fresh.kind === 'rejected' ? { kind: 'not-yet', why: fresh.why } : fresh;

const within = (ms: number): AbortSignal => AbortSignal.timeout(Math.ceil(ms));

const discard = ({ body }: Answer) => body.destroy();

const leadsTo = (path: string | undefined, location: string | undefined, from: string): boolean =>
  path !== undefined &&
  location !== undefined &&
  URL.canParse(location, from) &&
  new URL(location, from).pathname === path;

const matches = (hostname: string, pattern: string): boolean =>
  pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;

const hostAndPort = (url: URL): string => `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;

const flat = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
