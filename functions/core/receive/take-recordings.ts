import { fanOut } from '../model/fan-out.ts';
import { inboxOf } from '../model/memo.ts';
import { isRouted, memoIdOf, type RecordingMessage } from '../model/messages.ts';
import { PAYLOADS } from '../model/payloads.ts';
import type { Route } from '../model/route.ts';
import { isoTime } from '../model/timing.ts';
import type { AudioStore, Log, RecordingsQueue } from '../ports/ports.ts';
import type { Announced, Source } from '../ports/source.ts';
import { routeOrAsk } from '../source/route-or-ask.ts';
import type { HookQuery } from './hook-query.ts';
import { type ReadRecording, readAnnounced } from './read-announced.ts';

/** What became of an event. The queue holds all that is accepted or pending; any other kind has changed nothing. */
export type Taken =
  | { kind: 'accepted'; memos: string[] }
  | { kind: 'pending'; recordings: string[] }
  | { kind: 'ignored' | 'refused' | 'unsigned' | 'unreadable'; reason: string }
  | { kind: 'unavailable'; reason: string; cause: unknown; retryAfterMs?: number };

export interface TakeRecordingsPorts {
  routes: readonly Route[];
  recordings: RecordingsQueue;
  /** For audio that comes inside an event. */
  inbox: Pick<AudioStore, 'put'>;
  /** Fresh for each recording. */
  inboxId: () => string;
  log: Log;
}

interface EventFacts {
  /** The source's name in the configuration. */
  name: string;
  source: Source;
  query: HookQuery;
  nowMs: number;
  /** The event's masked payload, where it is kept. */
  payload?: string;
}

/** A call has a few recordings. An event of thousands would delay all other events. */
const MAX_RECORDINGS = 100;

/**
 * Reads, routes and queues the recordings of an authentic event.
 * @throws AftercallError `unavailable` when the queue may not hold them
 */
export const takeRecordings = async (
  ports: TakeRecordingsPorts,
  { name, source, query, nowMs, payload }: EventFacts,
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
    const routing = routeOrAsk(recording, routes, source);
    const facts = { v: 1 as const, recording, receivedAt: isoTime(nowMs) };
    for (const message of fanOut(facts, routing)) messages.push(await withStoredAudio(ports, message, inline));
  }
  const withPayload = payload !== undefined && messages.length <= PAYLOADS.memosOfAnEvent;
  await ports.recordings.send(withPayload ? messages.map((message) => ({ ...message, payload })) : messages);
  return announceQueued(messages, name, log);
};

/**
 * Audio inside the event is stored before the event is acknowledged, once for each memo. From then on it is like an
 * upload.
 */
const withStoredAudio = async (
  { inbox, inboxId }: TakeRecordingsPorts,
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
