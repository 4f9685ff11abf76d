import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Dispatcher, request } from 'undici';
import type { Recording } from '../core/model/recording.ts';
import type { Timing } from '../core/model/timing.ts';
import type {
  Begun,
  Clock,
  DownloadOptions,
  Fetched,
  Log,
  Recordings,
  RemoteRecording,
  Secrets,
} from '../core/ports/ports.ts';
import type { ApiQuestion, FetchPlan, FreshUrl, FurtherRecording } from '../core/ports/source.ts';
import { hostAndPort, leadsTo, matches, whyForbidden } from './recordings.address.ts';
import { type Answer, counted, type Failed, failed } from './recordings.body.ts';
import { type Credentials, credentialsOf } from './recordings.credentials.ts';
import { type GuardOptions, guardedAgent } from './recordings.guard.ts';
import { slowHosts, watchPace } from './recordings.pace.ts';
import { type Downloaded, pour, pourResumably } from './recordings.pour.ts';
import { beginningOf, isRestOf, rangeHeaders } from './recordings.resume.ts';
import { notAudio } from './recordings.status.ts';

export interface RecordingsHttpOptions {
  secrets: Secrets;
  clock: Clock;
  timing: Timing;
  maxBytes: number;
  log: Pick<Log, 'warn'>;
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
  log,
  allowHosts = [],
  network,
}: RecordingsHttpOptions): Recordings => {
  const allowed = new Set(allowHosts);
  const agent = guardedAgent({ allowHosts: allowed, ...timing.download, ...network });
  const slow = slowHosts();
  const pouring = { limit: maxBytes, pauseMs: timing.download.resumeAfterMs };
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
      { onSlow, begun }: DownloadOptions = {},
    ) {
      const proof = await credentialsFor(recording, plan);
      if (proof.kind !== 'credentials') return proof;
      const credentials = proof.sets;
      const take = async (url: string): Promise<{ result: Downloaded<T>; stale?: boolean }> => {
        const pace = watchPace(timing.download, onSlow, slow.has(url));
        const ask = (from?: Begun) =>
          get(url, plan, credentials, AbortSignal.any([lease, pace.signal]), from && { range: rangeHeaders(from) });
        const askForRest = async (from: Begun): Promise<Answer | undefined> => {
          const answer = await ask(from);
          if (answer.kind !== 'answer' || isRestOf(answer, from)) return answer.kind === 'answer' ? answer : undefined;
          discard(answer);
          return undefined;
        };
        let whole = false;
        try {
          const rest = begun && (await askForRest(begun));
          const answer = rest ?? (await ask());
          if (answer.kind !== 'answer') return { result: answer };
          const refusal = rest ? undefined : notAudio(answer, plan, { nowMs: clock.nowMs(), maxBytes });
          if (!refusal) {
            const from = rest ? begun : beginningOf(answer);
            const result = from
              ? await pourResumably(answer, into, { begun: from, pace, lease, askForRest, ...pouring })
              : await pour(answer, into, pace, maxBytes);
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
      let result: Downloaded<T> = first?.result ?? {
        kind: 'rejected',
        reason: 'its source has no way to be asked for a URL',
      };
      const fresh = !first || first.stale ? await freshUrl(recording, plan, credentials, lease) : undefined;
      let further: readonly FurtherRecording[] = [];
      if (fresh?.kind === 'fetched') {
        const value: FreshUrl = fresh.value;
        const { url, deleteAt, ...rest } = typeof value === 'string' ? { url: value } : value;
        further = rest.further ?? [];
        try {
          result = (await take(url)).result;
        } finally {
          if (deleteAt !== undefined) await giveBack(deleteAt, recording, plan, credentials);
        }
      } else if (fresh) result = notYetWithout(first?.result, fresh);
      if (result.kind === 'trouble') lease.throwIfAborted(); // a lost lease is no trouble of the source's
      return { ...result, ...(further.length > 0 && { further }) };
    },

    async ask(asked, recording, plan) {
      const proof = await credentialsFor(recording, plan);
      if (proof.kind !== 'credentials') return proof;
      // An API that wants credentials says nothing without them, and no later either: nobody waits a day for its 401.
      if (plan.credentials && proof.sets.length === 0)
        return { kind: 'rejected', reason: 'there are no credentials to ask with' };
      return question(asked, plan, proof.sets, new AbortController().signal);
    },
  };

  /** GET with the redirects followed by hand; the last answer, its body unread. */
  async function get(
    start: string,
    plan: FetchPlan,
    credentials: Credentials,
    signal: AbortSignal,
    { method = 'GET', post, range }: { method?: 'GET' | 'DELETE'; post?: unknown; range?: Record<string, string> } = {},
  ): Promise<Answer | Failed> {
    const content = post === undefined ? undefined : JSON.stringify(post);
    let url = start;
    let tried = 0;
    for (let hops = 0; ; ) {
      const forbidden = whyForbidden(url, plan, allowed);
      if (forbidden) return { kind: 'rejected', reason: forbidden };
      const trusted = plan.credentialHosts?.some((pattern) => matches(new URL(url).hostname, pattern)) ?? false;
      const secret = trusted && !allowed.has(hostAndPort(new URL(url))) ? credentials[tried] : undefined;
      let response: Dispatcher.ResponseData;
      try {
        response = await request(url, {
          dispatcher: agent,
          signal,
          method: content === undefined ? method : 'POST',
          ...(content !== undefined && { body: content }),
          headers: {
            'accept-encoding': 'identity',
            'user-agent': 'aftercall',
            ...(content !== undefined && { 'content-type': 'application/json' }),
            ...range,
            ...secret,
          },
        });
      } catch (error) {
        return failed(error);
      }
      const headers = flat(response.headers);
      const { body } = response;
      const status = leadsTo(plan.loginPath, headers.location, url) ? 401 : response.statusCode;
      // Whoever stops reading before the end makes undici raise an abort on the body: it is ours, so it is heard here.
      body.on('error', () => {});
      // What was posted is not posted to another address as well.
      if (status >= 300 && status < 400 && headers.location && content === undefined) {
        body.destroy();
        if (++hops > MAX_REDIRECTS) return { kind: 'rejected', reason: `more than ${MAX_REDIRECTS} redirects` };
        if (!URL.canParse(headers.location, url)) return { kind: 'rejected', reason: 'a redirect that is not a URL' };
        url = new URL(headers.location, url).href;
      } else if (status === 401 && secret && credentials[tried + 1]) {
        body.destroy();
        tried += 1;
      } else {
        if (status === 401 && secret) secrets.forget(); // the next try reads what may have been put in their place
        return { kind: 'answer', status, headers, body, url };
      }
    }
  }

  async function freshUrl(recording: Recording, plan: FetchPlan, credentials: Credentials, lease: AbortSignal) {
    if (plan.freshUrl) return question(plan.freshUrl(recording), plan, credentials, lease);
    const value = credentials.length > 0 ? plan.apiUrl?.(recording) : undefined; // the API says nothing without them
    const isNew = value !== undefined && !(recording.media.kind === 'url' && recording.media.url === value);
    return isNew ? { kind: 'fetched' as const, value } : undefined;
  }

  async function question<T>(
    { url, post, read }: ApiQuestion<T>,
    plan: FetchPlan,
    credentials: Credentials,
    lease: AbortSignal,
  ): Promise<Fetched<T>> {
    const answer = await get(url, plan, credentials, AbortSignal.any([lease, within(timing.lookUpMs)]), { post });
    if (answer.kind !== 'answer') return answer;
    const created = post !== undefined && answer.status === 201;
    const refusal = created ? undefined : notAudio(answer, plan, { nowMs: clock.nowMs(), maxBytes });
    if (refusal) {
      discard(answer);
      return refusal;
    }
    try {
      const value = read(JSON.parse(await text(counted(answer, MAX_ANSWER_BYTES).bytes)));
      return value === undefined ? { kind: 'rejected', reason: 'the source does not say' } : { kind: 'fetched', value };
    } catch (error) {
      return error instanceof SyntaxError ? { kind: 'trouble', reason: 'the source answered no JSON' } : failed(error);
    } finally {
      discard(answer);
    }
  }

  /** A link that was made for one download is deleted with it; one that stays behind is said, and costs no memo. */
  async function giveBack(address: string, { source }: Recording, plan: FetchPlan, credentials: Credentials) {
    const answer = await get(address, plan, credentials, within(timing.lookUpMs), { method: 'DELETE' });
    if (answer.kind === 'answer') discard(answer);
    const status = answer.kind === 'answer' ? answer.status : 0;
    if (answer.kind === 'answer' && (status < 300 || status === 404)) return;
    const reason = answer.kind === 'answer' ? `the source answered ${status}` : answer.reason;
    log.warn('a share link stays at its source', { step: 'store', source, outcome: 'link-left', reason });
  }
};

/** A source that has no URL for a recording whose event had none is not done with it yet; where its own URL failed too, both are said. */
const notYetWithout = <T>(first: Fetched<T> | undefined, fresh: Failed): Failed => {
  if (!first) return fresh.kind === 'rejected' ? { kind: 'not-yet', reason: fresh.reason } : fresh;
  if (first.kind === 'fetched' || first.reason === fresh.reason) return fresh;
  return { ...fresh, reason: `${first.reason}; asked for a fresh URL: ${fresh.reason}` };
};

const within = (ms: number): AbortSignal => AbortSignal.timeout(Math.ceil(ms));

const discard = ({ body }: Answer) => body.destroy();

const flat = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
