import { isoTime } from '../model/timing.ts';
import { clippedReason, type Traced } from '../model/traces.ts';
import type { Clock, Log, TraceQueue } from '../ports/ports.ts';
import { sampleTraces } from './sample-traces.ts';

export interface LeaveTracesPorts {
  traces: TraceQueue;
  traceId: () => string;
  clock: Clock;
  /** Ends the wait for a queue that does not answer. */
  pause: (ms: number) => Promise<void>;
  log: Log;
}

/**
 * Leaves a trace of a webhook or of an object that makes no memo. Never throws.
 * @param payload is called only for the first webhook of its kind in a minute, since a stranger may post any number
 */
export type LeaveTrace = (
  source: string,
  found: { outcome: Traced; reason: string },
  payload?: () => Promise<string | undefined>,
) => Promise<void>;

/** The answer to a webhook without a memo waits at most this long for the trace. A webhook with a memo needs no trace: its row is one. */
const WAIT_MS = 250;

/** Sends sampled traces: in a flood, a trace counts many. A trace that cannot be sent is counted again with the next. */
export const leaveTraces = ({ traces, traceId, clock, pause, log }: LeaveTracesPorts): LeaveTrace => {
  const sample = sampleTraces();
  return async (source, { outcome, reason }, readPayload) => {
    const nowMs = clock.nowMs();
    const { count, isFirst } = sample.add(source, outcome, nowMs);
    if (count === 0) return;
    const payload = isFirst ? await readPayload?.() : undefined;
    const trace = {
      ...{ id: traceId(), source, outcome, count, at: isoTime(nowMs), reason: clippedReason(reason) },
      ...(payload !== undefined && { payload }),
    };
    const sending = traces.send({ v: 2, trace }).catch((error) => {
      sample.giveBack(source, outcome, count);
      log.warn('the trace of a webhook is lost: the queue does not take it', { step: 'receive', source, error });
    });
    await Promise.race([sending, pause(WAIT_MS)]);
  };
};
