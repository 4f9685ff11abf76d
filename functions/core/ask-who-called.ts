import type { RecordingMessage } from './messages.ts';
import type { Clock, Log, Recordings, RecordingsQueue, Sources, StepVerdict } from './ports.ts';
import { canonicalNumber, type Parties, type Recording } from './recording.ts';
import { type Route, routeRecording } from './route.ts';
import { backOffMs, type Timing } from './timing.ts';

export interface AskWhoCalledPorts {
  sources: Sources;
  routes: readonly Route[];
  recordings: Recordings;
  queue: RecordingsQueue;
  clock: Clock;
  timing: Timing;
  random: () => number;
  log: Log;
}

/**
 * Asks the source who called whom, where a route waits for that, and puts the recording back on its queue with its
 * targets: from then on they stand, whatever the source answers later. What it will not say is routed as it is.
 */
export const askWhoCalled =
  ({ sources, routes, recordings, queue, clock, timing, random, log }: AskWhoCalledPorts) =>
  async (message: RecordingMessage, receives: number): Promise<StepVerdict> => {
    const { recording } = message;
    const ageMs = clock.nowMs() - Date.parse(message.receivedAt);
    const source = await sources.find(recording.source);
    const question = source?.whoCalled?.(recording);
    const answer = source
      ? question && (await recordings.ask(question, recording, source.fetch))
      : { kind: 'trouble' as const, why: `the source ${recording.source} is off` };

    if ((answer?.kind === 'trouble' || answer?.kind === 'not-yet') && ageMs < timing.recordingTroubleMs) {
      const delayMs = Math.max(answer.retryAfterMs ?? 0, backOffMs(receives, timing.retry, random));
      return { kind: 'later', delayMs, why: `who called whom: ${answer.why}` };
    }
    const whole = answer?.kind === 'fetched' ? filled(recording, answer.value) : recording;
    const routing = routeRecording(whole, routes, false);
    const targets = routing.kind === 'targets' ? routing.targets : [];
    const noTarget = routing.kind === 'targets' && routing.why !== undefined && { noTarget: routing.why };
    await queue.send([{ ...message, recording: whole, targets, ...noTarget }]);
    log.info('routed', {
      step: 'store',
      source: recording.source,
      outcome: targets.length > 0 ? 'routed' : 'unrouted',
    });
    return { kind: 'done', outcome: 'routed' };
  };

/** The answer fills gaps; what the event or the hook URL said stands. */
const filled = (recording: Recording, { from, to, direction }: Parties): Recording => ({
  ...(from && { from: canonicalNumber(from) }),
  ...(to && { to: canonicalNumber(to) }),
  ...(direction && { direction }),
  ...recording,
});
