import LinqAPIV3, { APIError } from '@linqapp/sdk';
import { Agent, buildConnector, request, fetch as undiciFetch } from 'undici';
import type { Audio } from '../core/audio.ts';
import type { Clock, LinqTrace, Listed, Messenger, Secrets, SendOutcome, Uploaded } from '../core/ports.ts';
import type { SecretRef } from '../core/source.ts';
import type { Timing } from '../core/timing.ts';
import { decide } from './messenger.linq-answers.ts';
import { readList } from './messenger.linq-list.ts';
import { retryAfterMs } from './retry-after.ts';

export interface LinqMessengerOptions {
  secrets: Secrets;
  apiKey: SecretRef;
  /** Linq's own default where absent. */
  baseUrl?: string;
  clock: Clock;
  timing: Timing;
}

/** The attachments endpoint names some types otherwise than the voice-memo endpoint. */
const ATTACHMENT_TYPES: Readonly<Record<string, UploadType>> = {
  'audio/mpeg': 'audio/mpeg',
  'audio/x-m4a': 'audio/x-m4a',
  'audio/aac': 'audio/aac',
  'audio/x-caf': 'audio/x-caf',
  'audio/wav': 'audio/x-wav',
  'audio/aiff': 'audio/x-aiff',
  'audio/amr': 'audio/amr',
};
type UploadType = LinqAPIV3.AttachmentCreateParams['content_type'];

/** Linq through its official SDK, with everything off that could send twice or speak of what it sends. */
export const linqMessenger = ({ secrets, apiKey, baseUrl, clock, timing }: LinqMessengerOptions): Messenger => {
  return {
    async sendVoiceMemo(chat, memo) {
      const body = 'url' in memo ? { voice_memo_url: memo.url } : { attachment_id: memo.attachmentId };
      return attempt<SendOutcome & LinqTrace>(timing.postMs, async (linq, signal) => {
        const { data, response } = await linq.chats.sendVoicememo(chat, body, { signal }).withResponse();
        const traceId = response.headers.get('x-trace-id');
        const trace = { code: String(response.status), ...(traceId && { traceId }) };
        // Such answers have been seen (a 2xx without an id): accepted or not, nobody can tell.
        const messageId: unknown = data?.voice_memo?.id;
        if (typeof messageId !== 'string' || messageId === '')
          return { kind: 'unknown', why: 'Linq accepted it without an id', ...trace };
        const attachmentId: string | undefined = data.voice_memo.voice_memo?.id;
        return { kind: 'done', messageId, ...(attachmentId && { attachmentId }), ...trace };
      });
    },

    async upload(audio: Audio, body) {
      const type = ATTACHMENT_TYPES[audio.type];
      if (!type) return { kind: 'refused', to: 'failed', why: `${audio.type} cannot be attached` };
      let unreadable: unknown;
      const outcome = await attempt<Uploaded & LinqTrace>(timing.uploadAttachmentMs, async (linq, signal) => {
        const filename = audio.key.slice(audio.key.lastIndexOf('/') + 1);
        const slot = await linq.attachments.create(
          { filename, content_type: type, size_bytes: audio.bytes },
          { signal },
        );
        const { statusCode, body: answer } = await request(slot.upload_url, {
          method: 'PUT',
          // In lower case, since the length may be among them and must not be there twice.
          headers: { ...Object.fromEntries(new Headers(slot.required_headers)), 'content-length': String(audio.bytes) },
          body: await body().catch((error) => {
            unreadable = error;
            throw error;
          }),
          signal,
        });
        await answer.dump();
        if (statusCode >= 200 && statusCode < 300) return { kind: 'uploaded', attachmentId: slot.attachment_id };
        return { kind: 'not-now', patience: 'linq', why: `the upload was answered ${statusCode}` };
      });
      if (unreadable) throw unreadable; // our store's trouble, not Linq's
      return outcome;
    },

    async listSent(chat, sinceMs) {
      const listed = await attempt<Listed>(timing.listChatMs, (linq, signal) =>
        // Not through the SDK's page: it makes an empty list of any 2xx without one.
        readList(sinceMs, (query) => linq.chats.messages.list(chat, query, { signal }).asResponse()),
      );
      if (listed.kind === 'listed' || listed.kind === 'no-list') return listed;
      const { kind, why } = listed;
      const wait = 'retryAfterMs' in listed && { retryAfterMs: listed.retryAfterMs };
      return { kind: 'no-list', why: `the chat cannot be listed: ${why}`, ours: kind === 'our-fault', ...wait };
    },
  };

  /**
   * One call, aborted body and all when its time is up. A key that Linq refuses has done nothing, so the next one is tried,
   * and after the last what may have been put in its place meanwhile.
   */
  async function attempt<T extends object>(
    timeoutMs: number,
    call: (linq: LinqAPIV3, signal: AbortSignal) => Promise<T>,
  ): Promise<T | (NotDone & LinqTrace)> {
    const signal = AbortSignal.timeout(Math.ceil(timeoutMs));
    const refused = new Map<string, T | (NotDone & LinqTrace)>();
    for (const again of [false, true]) {
      if (again && !secrets.forget()) break;
      let keys: readonly string[];
      try {
        keys = await secrets.read(apiKey);
      } catch {
        return { kind: 'not-now', patience: 'linq', why: `${apiKey.name} cannot be read` }; // nothing was sent
      }
      for (const key of keys.filter((key) => !refused.has(key))) {
        const outcome = await once(key, timeoutMs, signal, call);
        if (!('code' in outcome && String(outcome.code).startsWith('401'))) return outcome;
        refused.set(key, outcome);
      }
    }
    return [...refused.values()].at(-1) ?? { kind: 'our-fault', why: `there is no ${apiKey.name}` };
  }

  /** One try over a connection of its own. */
  async function once<T>(
    key: string,
    timeoutMs: number,
    signal: AbortSignal,
    call: (linq: LinqAPIV3, signal: AbortSignal) => Promise<T>,
  ): Promise<T | (NotDone & LinqTrace)> {
    const wire = freshConnection(timing.linqConnectMs);
    const linq = new LinqAPIV3({
      apiKey: key,
      ...(baseUrl && { baseURL: baseUrl }),
      maxRetries: 0, // its default of two posts a failing memo three times
      timeout: timeoutMs,
      logLevel: 'off', // its debug level prints the presigned URL
      fetch: wire.fetch,
    });
    try {
      return await call(linq, signal);
    } catch (error) {
      if (error instanceof APIError && error.status !== undefined) return fromAnswer(error, clock.nowMs());
      if (!wire.connected()) return { kind: 'not-now', patience: 'linq', why: 'Linq cannot be reached' };
      return { kind: 'unknown', why: 'the connection ended before Linq answered' };
    } finally {
      await wire.close();
    }
  }
};

type NotDone = Exclude<SendOutcome, { kind: 'done' }>;

const fromAnswer = (error: APIError, nowMs: number): NotDone & LinqTrace => {
  const code = numberIn(error.error, 'code');
  const { kind, why, to = 'failed', patience = 'linq', waitMs } = decide(error.status ?? 0, code);
  const traceId = error.headers?.get('x-trace-id');
  const trace = {
    code: code === undefined ? String(error.status) : `${error.status}/${code}`,
    ...(traceId && { traceId }),
  };
  if (kind === 'refused') return { kind, to, why, ...trace };
  if (kind !== 'not-now') return { kind, why, ...trace };
  // Documented to be the header's value in seconds, should a gateway have taken that off.
  const toldMs = (numberIn(error.error, 'retry_after') ?? Number.NaN) * 1000;
  const wait = retryAfterMs(error.headers?.get('retry-after'), nowMs) ?? (toldMs >= 0 ? toldMs : waitMs);
  return { kind, why, patience, ...(wait !== undefined && { retryAfterMs: wait }), ...trace };
};

/** A gateway's 5xx may carry HTML: what Linq says of an error is looked for, not relied on. */
const numberIn = (body: unknown, field: 'code' | 'retry_after'): number | undefined => {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  if (typeof error !== 'object' || error === null) return undefined;
  const value = Object.entries(error).find(([name]) => name === field)?.[1];
  return typeof value === 'number' ? value : undefined;
};

/**
 * A connection for one call. A kept-alive one may be reset as the request goes out, which looks just like a request that
 * was taken; and only our own connector can say that nothing was ever connected, hence nothing sent.
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
    // undici's own fetch and agent must be of one version; the SDK asks for the global one's type, which is the same shape.
    fetch: ((url, init) =>
      undiciFetch(String(url), { ...(init as object), redirect: 'manual', dispatcher: agent })) as typeof fetch,
  };
};
