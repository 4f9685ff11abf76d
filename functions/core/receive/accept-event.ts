import { fanOut } from '../model/fan-out.ts';
import { inboxOf } from '../model/memo.ts';
import { isRouted, memoIdOf, type RecordingMessage } from '../model/messages.ts';
import { type Route, routeRecording } from '../model/route.ts';
import { isoTime } from '../model/timing.ts';
import type { AudioStore, Clock, Log, RecordingsQueue, Secrets, Sources } from '../ports/ports.ts';
import type { Announced, HookAnswer, Source, WebhookRequest } from '../ports/source.ts';
import { withFreshSecrets } from '../source/with-fresh-secrets.ts';
import { type HookQuery, readHookQuery } from './hook-query.ts';
import { type ReadRecording, readAnnounced } from './read-announced.ts';

export { hookQuerySchema } from './hook-query.ts';

/**
 * The outcome of one webhook. `statuses`: the HTTP statuses that this source's sender understands, where they differ
 * from ours.
 */
export type Acceptance =
  | (Taken & { statuses: Source['statuses'] })
  | { kind: 'handshake'; answer: HookAnswer }
  | { kind: 'too-large'; reason: string }
  | { kind: 'no-such-source' };
type Taken =
  | { kind: 'accepted'; memos: string[] }
  | { kind: 'pending'; recordings: string[] }
  | { kind: 'ignored' | 'refused' | 'unsigned' | 'unreadable'; reason: string };

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

/** A call has a few recordings. An event of thousands would delay all other events. */
const MAX_RECORDINGS = 100;

/**
 * Verifies a webhook, reads the recordings it announces, routes them and puts them on the queue. The queue holds all
 * that the answer calls accepted or pending. Any other answer has changed nothing.
 * @returns the step: `name` is the source's name in the configuration
 * @throws AftercallError `unavailable` when the queue may not hold it
 */
export const acceptEvent =
  (ports: AcceptEventPorts) =>
  async (name: string, request: WebhookRequest): Promise<Acceptance> => {
    const { sources, secrets, clock, hookQuery = 'any' } = ports;
    const source = await sources.find(name);
    if (!source) return { kind: 'no-such-source' };
    const tooLarge = whyTooLarge(source, request.body.length);
    if (tooLarge) return { kind: 'too-large', reason: tooLarge };
    const context = { nowMs: clock.nowMs(), read: secrets.read };
    const answer = await source.handshake?.(request, context);
    if (answer) return { kind: 'handshake', answer };

    const { statuses } = source;
    const proof = await withFreshSecrets(
      secrets,
      () => source.authenticate(request, context),
      ({ kind }) => kind === 'refused',
    );
    if (proof.kind !== 'authentic') return { kind: proof.kind, reason: proof.reason, statuses };
    // Answered with our own status: the user must correct the hook URL, and a retry by the sender cannot help.
    const query = readHookQuery(request.url, source, hookQuery);
    if (query.kind === 'unreadable') return { ...query, statuses: undefined };

    const event = source.classify(proof.event, name);
    if (event.kind === 'not-ready') return { kind: 'ignored', reason: `not ready: ${event.reason}`, statuses };
    if (event.kind !== 'recordings') return { ...event, statuses };
    const taken = await takeRecordings(ports, { name, source, query: query.query, nowMs: context.nowMs }, event);
    return { ...taken, statuses };
  };

const whyTooLarge = ({ largeBody }: Source, bytes: number): string | undefined => {
  const { maxBytes, instead } = largeBody ?? { maxBytes: MAX_BODY_BYTES, instead: '' };
  if (bytes <= maxBytes) return undefined;
  return `a webhook of this source may have ${maxBytes} bytes${instead && `; ${instead}`}`;
};

/** Reads, routes and queues the recordings of an authentic event. */
const takeRecordings = async (
  ports: AcceptEventPorts,
  { name, source, query, nowMs }: { name: string; source: Source; query: HookQuery; nowMs: number },
  event: { recordings: readonly Announced[]; unread?: string },
): Promise<Taken> => {
  const { log, routes } = ports;
  const count = event.recordings.length;
  if (count > MAX_RECORDINGS) {
    const reason = `an event may announce ${MAX_RECORDINGS} recordings, and this event announces ${count}`;
    return { kind: 'unreadable', reason };
  }
  const read = readAnnounced(event.recordings, name, query);
  const unread = [...(event.unread === undefined ? [] : [event.unread]), ...read.unread];
  if (read.recordings.length === 0 && unread.length > 0) return { kind: 'unreadable', reason: unread.join('; ') };
  for (const reason of unread)
    log.warn('part of an event cannot be read', { step: 'receive', source: name, outcome: 'unreadable', reason });
  if (read.recordings.length === 0) return { kind: 'ignored', reason: 'no recording in it' };

  const messages: RecordingMessage[] = [];
  for (const { recording, inline } of read.recordings) {
    const routing = routeRecording(recording, routes, source.lookUpParties?.(recording) !== undefined);
    const facts = { v: 1 as const, recording, receivedAt: isoTime(nowMs) };
    for (const message of fanOut(facts, routing)) messages.push(await withStoredAudio(ports, message, inline));
  }
  await ports.recordings.send(messages);
  return announceQueued(messages, name, log);
};

/**
 * Audio inside the event is stored before the event is acknowledged, once for each memo. From then on it is like an
 * upload.
 */
const withStoredAudio = async (
  { inbox, inboxId }: AcceptEventPorts,
  message: RecordingMessage,
  bytes: ReadRecording['inline'],
): Promise<RecordingMessage> => {
  if (!bytes) return message;
  const key = `${inboxOf(memoIdOf(message))}${inboxId()}`;
  await inbox.put(key, bytes, bytes.length);
  return { ...message, recording: { ...message.recording, media: { kind: 'inbox', key } } };
};

const announceQueued = (messages: readonly RecordingMessage[], source: string, log: Log): Taken => {
  const memos = messages.filter(isRouted).map(memoIdOf);
  for (const memo of memos) log.info('received', { step: 'receive', source, memo, outcome: 'queued' });
  if (memos.length > 0) return { kind: 'accepted', memos };
  return { kind: 'pending', recordings: messages.map(({ recording }) => recording.id) };
};
