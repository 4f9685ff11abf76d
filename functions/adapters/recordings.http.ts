import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
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
import { type Answer, counted, type Failed, failed } from './recordings.body.ts';
import { type Credentials, credentialsOf } from './recordings.credentials.ts';
import { discard, guardedGet } from './recordings.get.ts';
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
  /** Look-up and sockets, in place of the operating system's. */
  network?: Pick<GuardOptions, 'lookup' | 'connector'>;
}

/** The statuses of storages for a URL that has expired: S3 403, R2 400, others 404 or 410. */
const STALE = [400, 401, 403, 404, 410];
const MAX_ANSWER_BYTES = 1_000_000;

/**
 * Fetches a recording from the URL in a webhook. Allowed are https on port 443, the plan's hosts and public addresses,
 * checked again at every redirect. Credentials go only to the plan's credential hosts. Time, silence, pace and bytes
 * have limits, before and after unpacking.
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
  const get = guardedGet({ agent, allowed, secrets });
  const slow = slowHosts();
  const pouring = { limit: maxBytes, pauseMs: timing.download.resumeAfterMs };
  const credentialsFor = async (recording: Recording, plan: FetchPlan) => {
    const context = { nowMs: clock.nowMs(), read: secrets.read };
    const found = await credentialsOf(plan, recording, context, { dispatcher: agent, timeoutMs: timing.lookUpMs });
    if (found.kind === 'trouble') secrets.forget(); // a credential may have been refused: the next try reads the secrets again
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
          get(url, plan, credentials, AbortSignal.any([lease, pace.signal]), from && { headers: rangeHeaders(from) });
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
        reason: 'the event has no URL, and its source has no API to ask for a URL',
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
      if (result.kind === 'trouble') lease.throwIfAborted(); // the lease was lost: the source is not at fault
      return { ...result, ...(further.length > 0 && { further }) };
    },

    async ask(asked, recording, plan) {
      const proof = await credentialsFor(recording, plan);
      if (proof.kind !== 'credentials') return proof;
      // Without credentials the API answers 401, now and later, so waiting a day for it is useless.
      if (plan.credentials && proof.sets.length === 0)
        return { kind: 'rejected', reason: 'there are no credentials to ask with' };
      return question(asked, plan, proof.sets, new AbortController().signal);
    },
  };

  async function freshUrl(recording: Recording, plan: FetchPlan, credentials: Credentials, lease: AbortSignal) {
    if (plan.freshUrl) return question(plan.freshUrl(recording), plan, credentials, lease);
    const value = credentials.length > 0 ? plan.apiUrl?.(recording) : undefined; // the API answers only with credentials
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

  /** Deletes a link that was made for one download. If that fails, a warning is logged, and the memo goes on. */
  async function giveBack(address: string, { source }: Recording, plan: FetchPlan, credentials: Credentials) {
    const answer = await get(address, plan, credentials, within(timing.lookUpMs), { method: 'DELETE' });
    if (answer.kind === 'answer') discard(answer);
    const status = answer.kind === 'answer' ? answer.status : 0;
    if (answer.kind === 'answer' && (status < 300 || status === 404)) return;
    const reason = answer.kind === 'answer' ? `the source answered ${status}` : answer.reason;
    log.warn('a share link could not be deleted at its source', {
      step: 'store',
      source,
      outcome: 'link-left',
      reason,
    });
  }
};

/**
 * If the event had no URL and the source has none yet, the recording is not ready. If the event's URL failed too, the
 * reason names both failures.
 */
const notYetWithout = <T>(first: Fetched<T> | undefined, fresh: Failed): Failed => {
  if (!first) return fresh.kind === 'rejected' ? { kind: 'not-yet', reason: fresh.reason } : fresh;
  if (first.kind === 'fetched' || first.reason === fresh.reason) return fresh;
  return { ...fresh, reason: `${first.reason}; asked for a fresh URL: ${fresh.reason}` };
};

const within = (ms: number): AbortSignal => AbortSignal.timeout(Math.ceil(ms));
