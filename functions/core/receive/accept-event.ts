import * as z from 'zod';
import { fanOut } from '../model/fan-out.ts';
import { inboxOf } from '../model/memo.ts';
import { isRouted, memoIdOf, type RecordingMessage } from '../model/messages.ts';
import { type Recording, recordingSchema, tidyFacts } from '../model/recording.ts';
import { type Route, routeRecording } from '../model/route.ts';
import { isoTime } from '../model/timing.ts';
import type { AudioStore, Clock, Log, RecordingsQueue, Secrets, Sources } from '../ports/ports.ts';
import type { HookAnswer, Source, WebhookRequest } from '../ports/source.ts';

/** What became of one webhook. `statuses` are the source's own where its sender understands others than ours. */
export type Acceptance =
  | ({ statuses: Source['statuses'] } & (
      | { kind: 'accepted'; memos: string[] }
      | { kind: 'pending'; recordings: string[] }
      | { kind: 'ignored' | 'refused' | 'unsigned' | 'unreadable'; reason: string }
      | { kind: 'unavailable'; reason: string; cause: unknown; retryAfterMs?: number }
    ))
  | { kind: 'handshake'; answer: HookAnswer }
  | { kind: 'too-large'; reason: string }
  | { kind: 'no-such-source' };

export interface AcceptEventPorts {
  sources: Sources;
  routes: readonly Route[];
  /** `signed`: a hook URL's query counts only where the source signs its URL. @default 'any' */
  hookQuery?: 'any' | 'signed';
  recordings: RecordingsQueue;
  /** For audio that comes inside an event. */
  inbox: Pick<AudioStore, 'put'>;
  /** Fresh for each recording. */
  inboxId: () => string;
  secrets: Secrets;
  clock: Clock;
  log: Log;
}

/** Far above any event without audio in it. */
const MAX_BODY_BYTES = 1024 * 1024;

/** A call has a recording or a few. An event of thousands would hold up everybody else's. */
const MAX_RECORDINGS = 100;

/** Of a hook's URL. Whatever else stands there is the source's own. */
export const hookQuerySchema = z.object({
  chat: z.guid({ error: 'chat: must be a UUID' }).toLowerCase().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  direction: z.enum(['inbound', 'outbound'], { error: 'direction: must be inbound or outbound' }).optional(),
});
type HookQuery = z.infer<typeof hookQuerySchema>;

/**
 * Verifies a webhook, reads the recordings it announces, routes them and puts them on the queue. What it answers as
 * accepted or pending is held by the queue; everything else has touched nothing.
 * @throws AftercallError `unavailable` when the queue may not hold it
 */
export const acceptEvent =
  ({ sources, routes, hookQuery = 'any', recordings: queue, inbox, inboxId, secrets, clock, log }: AcceptEventPorts) =>
  async (name: string, request: WebhookRequest): Promise<Acceptance> => {
    /** Audio inside the event is kept before anything is acknowledged, for each memo apart; from then on it is like an upload. */
    const keepInline = async (message: RecordingMessage, bytes: Uint8Array): Promise<RecordingMessage> => {
      const key = `${inboxOf(memoIdOf(message))}${inboxId()}`;
      await inbox.put(key, bytes, bytes.length);
      return { ...message, recording: { ...message.recording, media: { kind: 'inbox', key } } };
    };
    const source = await sources.find(name);
    if (!source) return { kind: 'no-such-source' };
    const { maxBytes, instead } = source.largeBody ?? { maxBytes: MAX_BODY_BYTES, instead: '' };
    if (request.body.length > maxBytes) {
      return {
        kind: 'too-large',
        reason: `a webhook of this source may have ${maxBytes} bytes${instead && `; ${instead}`}`,
      };
    }
    const context = { nowMs: clock.nowMs(), read: secrets.read };

    const answer = await source.handshake?.(request, context);
    if (answer) return { kind: 'handshake', answer };

    const { statuses } = source;
    let proof = await source.authenticate(request, context);
    // Its secret may just have been rotated, and many a sender never asks twice.
    if (proof.kind === 'refused' && secrets.forget()) proof = await source.authenticate(request, context);
    if (proof.kind !== 'authentic') return { kind: proof.kind, reason: proof.reason, statuses };

    // An empty party is one the sender did not know; an empty chat is a hook URL set up wrongly.
    const given = [...new URL(request.url).searchParams].filter(([name, value]) => value !== '' || name === 'chat');
    const query = hookQuerySchema.safeParse(Object.fromEntries(given));
    // Ours, whatever the source's: a hook URL set up wrongly is the user's to see, not the sender's to retry.
    if (!query.success) return { kind: 'unreadable', reason: issues(query.error), statuses: undefined };

    const [unsigned] = hookQuery === 'signed' && source.covers.url !== true ? Object.keys(query.data) : [];
    if (unsigned !== undefined) {
      const reason = `${unsigned}: this source does not sign its URL, and hookQuery in bridge.config.ts takes a query from those alone that do`;
      return { kind: 'unreadable', reason, statuses: undefined };
    }

    const event = source.classify(proof.event, name);
    if (event.kind === 'not-ready') return { kind: 'ignored', reason: `not ready: ${event.reason}`, statuses };
    if (event.kind !== 'recordings') return { ...event, statuses };

    if (event.recordings.length > MAX_RECORDINGS) {
      const reason = `an event may announce ${MAX_RECORDINGS} recordings, and this one announces ${event.recordings.length}`;
      return { kind: 'unreadable', reason, statuses };
    }
    const unread = event.unread === undefined ? [] : [event.unread];
    const messages: RecordingMessage[] = [];
    for (const found of event.recordings) {
      const inline = found.media.kind === 'inline' ? found.media.bytes : undefined;
      const media = found.media.kind === 'inline' ? { kind: 'inbox' as const, key: 'inbox/' } : found.media;
      const recording = recordingSchema.safeParse(
        tidyFacts(withQuery(tidyFacts({ ...found, id: found.id.toWellFormed(), source: name, media }), query.data)),
      );
      if (!recording.success) {
        unread.push(issues(recording.error));
        continue;
      }
      const routing = routeRecording(recording.data, routes, source.lookUpParties?.(recording.data) !== undefined);
      const facts = { v: 1 as const, recording: recording.data, receivedAt: isoTime(context.nowMs) };
      for (const message of fanOut(facts, routing)) messages.push(inline ? await keepInline(message, inline) : message);
    }
    if (messages.length === 0 && unread.length > 0) return { kind: 'unreadable', reason: unread.join('; '), statuses };
    for (const reason of unread) {
      log.warn('part of an event cannot be read', { step: 'receive', source: name, outcome: 'unreadable', reason });
    }
    if (messages.length === 0) return { kind: 'ignored', reason: 'no recording in it', statuses };
    await queue.send(messages);

    const memos = messages.filter(isRouted).map(memoIdOf);
    for (const memo of memos) log.info('received', { step: 'receive', source: name, memo, outcome: 'queued' });
    if (memos.length > 0) return { kind: 'accepted', memos, statuses };
    return { kind: 'pending', recordings: messages.map(({ recording }) => recording.id), statuses };
  };

/** The hook URL's query fills what the event leaves out. What the event says itself wins: some schemes sign the body alone. */
const withQuery = (recording: Recording, { chat, from, to, direction }: HookQuery): Recording => {
  const parties = {
    from: recording.from ?? from,
    to: recording.to ?? to,
    direction: recording.direction ?? direction,
    chat: recording.chat ?? chat,
  };
  const known = Object.fromEntries(Object.entries(parties).filter(([, value]) => value !== undefined && value !== ''));
  return { ...recording, ...known };
};

const issues = (error: z.ZodError): string =>
  error.issues
    .map(({ path, message }) => (message.startsWith(`${path.join('.')}:`) ? message : `${path.join('.')}: ${message}`))
    .join('; ');
