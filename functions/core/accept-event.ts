import * as z from 'zod';
import { inboxOf, memoId, type Target } from './memo.ts';
import type { RecordingMessage } from './messages.ts';
import type { AudioStore, Clock, Log, RecordingsQueue, Secrets, Sources } from './ports.ts';
import { canonicalNumber, type Recording, recordingSchema, withPlausibleDuration } from './recording.ts';
import { type Route, routeRecording } from './route.ts';
import type { Announced, HookAnswer, Source, WebhookRequest } from './source.ts';
import { isoTime } from './timing.ts';

/** What became of one webhook. `statuses` are the source's own where its sender understands others than ours. */
export type Acceptance =
  | ({ statuses: Source['statuses'] } & (
      | { kind: 'accepted'; memos: string[] }
      | { kind: 'pending'; recordings: string[] }
      | { kind: 'ignored' | 'refused' | 'unsigned' | 'unreadable'; why: string }
    ))
  | { kind: 'handshake'; answer: HookAnswer }
  | { kind: 'too-large'; why: string }
  | { kind: 'no-such-source' };

export interface AcceptEventPorts {
  sources: Sources;
  routes: readonly Route[];
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
  ({ sources, routes, recordings: queue, inbox, inboxId, secrets, clock, log }: AcceptEventPorts) =>
  async (name: string, request: WebhookRequest): Promise<Acceptance> => {
    const source = await sources.find(name);
    if (!source) return { kind: 'no-such-source' };
    const { maxBytes, instead } = source.largeBody ?? { maxBytes: MAX_BODY_BYTES, instead: '' };
    if (request.body.length > maxBytes) {
      return {
        kind: 'too-large',
        why: `a webhook of this source may have ${maxBytes} bytes${instead && `; ${instead}`}`,
      };
    }
    const context = { nowMs: clock.nowMs(), read: secrets.read };

    const answer = await source.handshake?.(request, context);
    if (answer) return { kind: 'handshake', answer };

    const { statuses } = source;
    let proof = await source.authenticate(request, context);
    // Its secret may just have been rotated, and many a sender never asks twice.
    if (proof.kind === 'refused' && secrets.forget()) proof = await source.authenticate(request, context);
    if (proof.kind !== 'authentic') return { kind: proof.kind, why: proof.why, statuses };

    // An empty party is one the sender did not know; an empty chat is a hook URL set up wrongly.
    const given = [...new URL(request.url).searchParams].filter(([name, value]) => value !== '' || name === 'chat');
    const query = hookQuerySchema.safeParse(Object.fromEntries(given));
    // Ours, whatever the source's: a hook URL set up wrongly is the user's to see, not the sender's to retry.
    if (!query.success) return { kind: 'unreadable', why: issues(query.error), statuses: undefined };

    const event = source.classify(proof.event, name);
    if (event.kind === 'not-ready') return { kind: 'ignored', why: `not ready: ${event.why}`, statuses };
    if (event.kind !== 'recordings') return { ...event, statuses };

    const messages: RecordingMessage[] = [];
    for (const found of event.recordings) {
      const { media, inline } = mediaOf({ ...found, source: name }, inboxId);
      const recording = recordingSchema.safeParse(withQuery(withPlausibleDuration({ ...found, media }), query.data));
      if (!recording.success) return { kind: 'unreadable', why: issues(recording.error), statuses };
      const canAsk = source.whoCalled?.(recording.data) !== undefined;
      const routing = routeRecording(recording.data, routes, canAsk);
      const targets = routing.kind === 'ask' ? 'ask' : routing.targets;
      if (inline) await inbox.put(media.key, inline, inline.length);
      const receivedAt = isoTime(context.nowMs);
      const noTarget = routing.kind === 'targets' && routing.why !== undefined && { noTarget: routing.why };
      messages.push({ v: 1, recording: recording.data, targets, receivedAt, ...noTarget });
    }
    if (messages.length === 0) return { kind: 'ignored', why: 'no recording in it', statuses };
    await queue.send(messages);

    const memos = messages.flatMap((message) => memosOf(message));
    for (const memo of memos) log.info('received', { step: 'receive', source: name, memo, outcome: 'queued' });
    if (memos.length > 0) return { kind: 'accepted', memos, statuses };
    return { kind: 'pending', recordings: messages.map(({ recording }) => recording.id), statuses };
  };

/** The ids of the memos a message will make; none while who called whom is not known yet. */
export const memosOf = ({ recording, targets }: Pick<RecordingMessage, 'recording' | 'targets'>): string[] => {
  if (targets === 'ask') return [];
  const each: (Target | undefined)[] = targets.length > 0 ? targets : [undefined];
  return each.map((target) => memoId(recording, target));
};

/** Audio inside the event is kept before anything is acknowledged; from then on it is like an upload. */
const mediaOf = (recording: Announced, inboxId: () => string) =>
  recording.media.kind === 'inline'
    ? { media: { kind: 'inbox' as const, key: `${inboxOf(recording)}${inboxId()}` }, inline: recording.media.bytes }
    : { media: recording.media, inline: undefined };

/** The hook URL's query fills what the event leaves out. What the event says itself wins: some schemes sign the body alone. */
const withQuery = (recording: Recording, { chat, from, to, direction }: HookQuery): Recording => {
  const parties = {
    from: recording.from ?? from,
    to: recording.to ?? to,
    direction: recording.direction ?? direction,
    chat: recording.chat ?? chat,
  };
  const known = Object.fromEntries(Object.entries(parties).filter(([, value]) => value !== undefined && value !== ''));
  const whole: Recording = { ...recording, ...known };
  if (whole.from) whole.from = canonicalNumber(whole.from);
  if (whole.to) whole.to = canonicalNumber(whole.to);
  return whole;
};

const issues = (error: z.ZodError): string =>
  error.issues
    .map(({ path, message }) => (message.startsWith(`${path.join('.')}:`) ? message : `${path.join('.')}: ${message}`))
    .join('; ');
