import { isoTime } from '../model/timing.ts';
import { clippedReason, type Traced } from '../model/traces.ts';
import type { Clock, Log, TraceQueue } from '../ports/ports.ts';
import type { Source, WebhookRequest } from '../ports/source.ts';
import type { Acceptance } from './accept-event.ts';
import type { Inspect } from './inspect-payload.ts';
import { sampleTraces } from './sample-traces.ts';

export interface TraceWebhooksPorts {
  /** Every source of the configuration, on or off. Webhooks of other names leave no trace: a stranger may make up any name. */
  sources: Readonly<Record<string, Source>>;
  accept: (name: string, request: WebhookRequest) => Promise<Acceptance>;
  traces: TraceQueue;
  traceId: () => string;
  /** Where payloads are kept. Only the first webhook of a kind in a minute leaves one: a stranger may post any. */
  inspect?: Inspect;
  clock: Clock;
  /** Ends the wait for a queue that does not answer. */
  pause: (ms: number) => Promise<void>;
  log: Log;
}

/** A webhook without a memo waits at most this long for its trace. One with a memo waits for nothing: its row is its trace. */
const WAIT_MS = 250;

/** The doctor asks each hook with this header, to see whether the hook answers. That is no webhook of the source. */
export const PROBE_HEADER = 'x-aftercall-probe';

/** Leaves a trace of each webhook that is ignored or refused. A trace that cannot be sent changes no answer. */
export const traceWebhooks = (ports: TraceWebhooksPorts) => {
  const { sources, accept, clock } = ports;
  const sample = sampleTraces();

  return async (name: string, request: WebhookRequest): Promise<Acceptance> => {
    const acceptance = await accept(name, request);
    const known = Object.hasOwn(sources, name) && !(PROBE_HEADER in request.headers);
    const found = known && outcomeOf(acceptance);
    if (!found) return acceptance;
    const { count, isFirst } = sample.add(name, found.outcome, clock.nowMs());
    if (count === 0) return acceptance;
    const source = sources[name];
    const payload = isFirst && source ? await ports.inspect?.(source, request) : undefined;
    await send(name, { ...found, ...(payload !== undefined && { payload }) }, count);
    return acceptance;
  };

  async function send(source: string, { outcome, reason, payload }: Leaves, count: number): Promise<void> {
    const { traces, traceId, pause, log } = ports;
    const at = isoTime(clock.nowMs());
    const trace = { id: traceId(), source, outcome, count, at, reason: clippedReason(reason) };
    const inspected = payload === undefined ? trace : { ...trace, payload };
    const sending = traces.send({ v: 2, trace: inspected }).catch((error) => {
      sample.giveBack(source, outcome, count);
      log.warn('a webhook leaves no trace: the queue does not take it', { step: 'receive', source, error });
    });
    await Promise.race([sending, pause(WAIT_MS)]);
  }
};

interface Found {
  outcome: Traced;
  reason: string;
}

type Leaves = Found & { payload?: string };

const outcomeOf = (acceptance: Acceptance): Found | undefined => {
  switch (acceptance.kind) {
    case 'ignored':
      return { outcome: 'ignored', reason: acceptance.reason };
    case 'refused':
    case 'unsigned':
    case 'unreadable':
    case 'too-large':
      return { outcome: 'refused', reason: acceptance.reason };
    case 'no-such-source':
      return { outcome: 'refused', reason: OFF };
    default:
      return undefined;
  }
};

export const OFF = 'the source is off: a secret is absent';
