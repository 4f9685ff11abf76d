import { payloadKey, payloadSlotKey, traceKey } from '../model/keys.ts';
import { firstPartId, MEMO_ID, type Memo } from '../model/memo.ts';
import { PAYLOADS } from '../model/payloads.ts';
import type { Traced, TracedEvent } from '../model/traces.ts';
import { eventsIn } from '../model/traces-kept.ts';
import type { Clock, KeyValueStore, Ledger } from '../ports/ports.ts';

/** One event of a source, and what became of it. */
export interface SourceEvent {
  /** The id of its first memo, or of its first trace. It stays while the event changes. */
  id: string;
  /** ISO time. */
  at: string;
  outcome: 'accepted' | Traced;
  /** How many webhooks of one minute with the same reason this line stands for. */
  count: number;
  reason?: string;
  memos: Pick<Memo, 'id' | 'state' | 'reason'>[];
  /** Whether its masked payload is kept. */
  hasPayload: boolean;
}

export interface SourceEventsPorts {
  ledger: Pick<Ledger, 'list' | 'get'>;
  keyValues: Pick<KeyValueStore, 'read'>;
  clock: Clock;
}

/** How many events of a source are shown, and how many memos are read for them. */
const MOST = { events: 20, memos: 40 };

/** Reads the last events of a source, newest first. */
export const sourceEvents =
  ({ ledger, keyValues, clock }: SourceEventsPorts) =>
  async (source: string, known?: readonly Memo[]): Promise<SourceEvent[]> => {
    const [memos, facts = {}] = await Promise.all([
      known ?? ledger.list({ source }, MOST.memos).then((page) => page.memos),
      keyValues.read(traceKey(source)),
    ]);
    const traced = eventsIn(facts);
    const isKept = (at: string) => clock.nowMs() - Date.parse(at) < PAYLOADS.keepMs;
    return [...acceptedOf(memos, isKept), ...traced.map((event) => tracedOf(event, traced, isKept))]
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, MOST.events);
  };

/** Reads the masked payload of an event. @returns undefined where none is kept */
export const payloadOfEvent =
  ({ ledger, keyValues }: SourceEventsPorts) =>
  async (source: string, id: string): Promise<string | undefined> => {
    if (MEMO_ID.test(id)) {
      const memo = await ledger.get(id);
      const isOfSource = memo?.inspected && memo.recording.source === source;
      return isOfSource ? (await keyValues.read(payloadKey(id)))?.text : undefined;
    }
    const event = eventsIn((await keyValues.read(traceKey(source))) ?? {}).find((each) => each.id === id);
    const kept = event?.slot === undefined ? undefined : await keyValues.read(payloadSlotKey(event.slot));
    return kept?.id === id ? kept.text : undefined;
  };

/** The memos of one recording came by one event: those of its targets, and those of its parts. */
const acceptedOf = (memos: readonly Memo[], isKept: (at: string) => boolean): SourceEvent[] => {
  const events = Map.groupBy(memos, (memo) => `${receivedAt(memo)} ${memo.recording.id}`);
  return [...events.values()].map((rows) => {
    const inOrder = rows.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    const [first] = inOrder as [Memo]; // no group is empty
    const at = receivedAt(first);
    return {
      id: firstPartId(first.id),
      at,
      outcome: 'accepted',
      count: 1,
      memos: inOrder.map(({ id, state, reason }) => ({ id, state, ...(reason !== undefined && { reason }) })),
      hasPayload: first.inspected === true && isKept(at),
    };
  });
};

const receivedAt = (memo: Memo): string => memo.receivedAt ?? memo.createdAt;
const orderOf = ({ createdAt, id }: Memo): string => `${createdAt} ${id}`;

/** A newer payload may have taken the place. */
const tracedOf = (
  { id, at, outcome, count, reason, slot }: TracedEvent,
  all: readonly TracedEvent[],
  isKept: (at: string) => boolean,
): SourceEvent => {
  const isReplaced = all.some((other) => other.slot === slot && other.at > at);
  const hasPayload = slot !== undefined && !isReplaced && isKept(at);
  return { id, at, outcome, count, reason, memos: [], hasPayload };
};
