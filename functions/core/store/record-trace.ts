import { PAYLOADS_ERASED_KEY, payloadSlotKey, traceKey } from '../model/keys.ts';
import { PAYLOADS, slotOf } from '../model/payloads.ts';
import { DAY_MS } from '../model/timing.ts';
import type { TracedEvent, TraceSummary, WebhookTrace } from '../model/traces.ts';
import { eventsIn, summaryOf } from '../model/traces-kept.ts';
import type { KeyValueStore, StepVerdict } from '../ports/ports.ts';

/** How long the last trace of a source is kept. */
const KEEP_MS = 30 * DAY_MS;

/** How many of the last traces are kept, of each outcome. */
const MOST_EVENTS = 10;

type Trace = WebhookTrace['trace'];
type Ports = Pick<KeyValueStore, 'read' | 'write' | 'remove'>;

/**
 * Adds a trace to what is kept of its source. The traces of a source are one message group, so no other run writes at the
 * same time.
 */
export const recordTrace =
  (keyValues: Ports) =>
  async ({ trace }: WebhookTrace): Promise<StepVerdict> => {
    const { id, source, outcome, count, at, reason } = trace;
    const key = traceKey(source);
    const before = (await keyValues.read(key)) ?? {};
    if (before.id === id) return { kind: 'done', outcome: 'repeated' };
    const last = summaryOf(before, outcome, at);
    // A trace that comes late, after the traces of the next day, is not counted.
    if (last && last.lastAt.slice(0, 10) > at.slice(0, 10)) return { kind: 'done', outcome: 'late' };
    const today: TraceSummary = {
      today: (last?.today ?? 0) + count,
      since: last?.since ?? at,
      lastAt: at,
      reason,
    };
    const events = await withTrace(keyValues, eventsIn(before), trace);
    const facts = { ...before, id, [outcome]: JSON.stringify(today), events: JSON.stringify(events) };
    await keyValues.write(key, facts, KEEP_MS);
    return { kind: 'done', outcome: 'traced' };
  };

/** The last traces, newest first. A trace with the reason of another one in the same minute adds to that one: a flood is a few lines. */
const withTrace = async (keyValues: Ports, events: readonly TracedEvent[], trace: Trace): Promise<TracedEvent[]> => {
  const { id, outcome, count, at, reason } = trace;
  const same = events.find((each) => each.outcome === outcome && each.reason === reason && isSameMinute(each.at, at));
  const slot = same ? same.slot : await keepPayload(keyValues, trace);
  const event = { ...(same ?? { id, outcome, reason, count: 0 }), at, ...(slot !== undefined && { slot }) };
  const rest = events.filter((each) => each !== same);
  const all = [{ ...event, count: event.count + count }, ...rest].sort((a, b) => (a.at < b.at ? 1 : -1));
  return (['ignored', 'refused'] as const).flatMap((kind) =>
    all.filter((each) => each.outcome === kind).slice(0, MOST_EVENTS),
  );
};

const isSameMinute = (one: string, other: string): boolean => one.slice(0, 16) === other.slice(0, 16);

/** @returns the payload's place; undefined where there is no payload, or an erasure came after the webhook */
const keepPayload = async (keyValues: Ports, { id, source, outcome, at, payload }: Trace) => {
  if (payload === undefined) return undefined;
  const slot = slotOf(source, outcome, at);
  await keyValues.write(payloadSlotKey(slot), { id, text: payload }, PAYLOADS.keepMs);
  // Read after the write: either the erasure sees the payload, or this read sees the erasure's time.
  const erased = await keyValues.read(PAYLOADS_ERASED_KEY);
  if (erased?.at === undefined || erased.at < at) return slot;
  await keyValues.remove(payloadSlotKey(slot));
  return undefined;
};
