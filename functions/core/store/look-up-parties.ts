import { fanOut } from '../model/fan-out.ts';
import { inboxOf } from '../model/memo.ts';
import { memoIdOf, type RecordingMessage } from '../model/messages.ts';
import { type Recording, tidyFacts } from '../model/recording.ts';
import { NO_ROUTE, type Route, type Routing, routeRecording } from '../model/route.ts';
import { backOffMs, type Timing } from '../model/timing.ts';
import type { AudioStore, Clock, Log, Recordings, RecordingsQueue, Sources, StepVerdict } from '../ports/ports.ts';
import type { CallFacts } from '../ports/source.ts';

export interface AskWhoCalledPorts {
  sources: Sources;
  routes: readonly Route[];
  recordings: Recordings;
  audio: Pick<AudioStore, 'head' | 'copy' | 'removeAll'>;
  queue: RecordingsQueue;
  clock: Clock;
  timing: Timing;
  random: () => number;
  log: Log;
}

/**
 * Asks the source who called whom, because a route depends on it, and puts the recording back on its queue, once for
 * each target. From then on the targets are fixed. If the source does not say, the recording is routed without the
 * parties. In the order of its chat the recording has the place of this answer.
 */
export const lookUpParties =
  ({ sources, routes, recordings, audio, queue, clock, timing, random, log }: AskWhoCalledPorts) =>
  async (message: RecordingMessage, receives: number): Promise<StepVerdict> => {
    const { target: _ask, noTarget: _none, ...facts } = message;
    const { recording } = message;
    const ageMs = clock.nowMs() - Date.parse(message.receivedAt);
    const source = await sources.find(recording.source);
    const question = source?.lookUpParties?.(recording);
    const answer = source
      ? question && (await recordings.ask(question, recording, source.fetch))
      : { kind: 'trouble' as const, reason: `the source ${recording.source} is off` };

    if ((answer?.kind === 'trouble' || answer?.kind === 'not-yet') && ageMs < timing.recordingTroubleMs) {
      const delayMs = Math.max(answer.retryAfterMs ?? 0, backOffMs(receives, timing.retry, random));
      return { kind: 'later', delayMs, reason: `who called whom: ${answer.reason}` };
    }
    const whole = answer?.kind === 'fetched' ? filled(recording, answer.value) : recording;
    const unanswered = answer && answer.kind !== 'fetched' ? answer.reason : undefined;
    const routing = withReason(routeRecording(whole, routes, false), unanswered);
    const messages = await moveInline(audio, memoIdOf(message), fanOut({ ...facts, recording: whole }, routing));
    await queue.send(messages);
    const isRouted = messages.some(({ target }) => target !== undefined);
    const outcome = isRouted ? 'routed' : 'unrouted';
    const reason = unanswered === undefined ? {} : { reason: `who called whom: ${unanswered}` };
    log.info('routed', { step: 'store', source: recording.source, outcome, ...reason });
    if (isRouted && recording.media.kind === 'inbox') await audio.removeAll(inboxOf(memoIdOf(message)));
    return { kind: 'done', outcome: 'routed' };
  };

/** Where nothing matches, the row says too why the source did not tell who called whom. */
const withReason = (routing: Routing, unanswered: string | undefined): Routing => {
  if (routing.kind === 'ask' || routing.targets.length > 0 || unanswered === undefined) return routing;
  return { ...routing, reason: `${routing.reason ?? NO_ROUTE}; who called whom: ${unanswered}` };
};

/**
 * Audio from inside the event is stored under the memo without a target. Each memo gets a copy, so that its erasure
 * deletes the copy.
 */
const moveInline = async (
  audio: AskWhoCalledPorts['audio'],
  asked: string,
  messages: readonly RecordingMessage[],
): Promise<RecordingMessage[]> => {
  const moved = messages.map(async (message): Promise<RecordingMessage> => {
    const { media } = message.recording;
    const folder = inboxOf(memoIdOf(message));
    if (media.kind !== 'inbox' || !media.key.startsWith(inboxOf(asked)) || media.key.startsWith(folder)) return message;
    const key = folder + media.key.slice(inboxOf(asked).length);
    // The audio is absent where an earlier run has moved it and crashed afterwards.
    if (await audio.head(media.key)) await audio.copy(media.key, key, 'application/octet-stream');
    return { ...message, recording: { ...message.recording, media: { kind: 'inbox', key } } };
  });
  return Promise.all(moved);
};

/** The answer fills gaps. Facts from the event or the hook URL stay. */
const filled = (recording: Recording, { from, to, direction, chat }: CallFacts): Recording => {
  const parties = tidyFacts({ ...(from && { from }), ...(to && { to }), ...(direction && { direction }) });
  return { ...parties, ...(chat && { chat }), ...recording };
};
