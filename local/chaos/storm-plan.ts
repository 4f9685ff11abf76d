import type { FunctionName } from '../bridge/bridge.ts';
import { CHAT_KIND_NAMES, type ChatKindName, chatKind, expectationOf } from './chat-kinds.ts';
import type { CloudPart } from './cloud-parts.ts';
import type { Delivery } from './delivery.ts';
import type { Expectation } from './expectation.ts';
import { GOOD_RECORDING, throwMediaScript } from './media-faults.ts';
import type { Manner } from './post-webhook.ts';
import { type Dice, dice, seedFor } from './seeded.ts';
import type { Call } from './senders.ts';

/** A call, and how its sender sends the webhook. */
export interface PlannedCall extends Call {
  atMs: number;
  kind: ChatKindName;
  expects: Expectation;
  /** How the first request is sent. */
  manner: Manner;
  /** How many times the sender tries before it gives up. */
  tries: number;
  /** Further deliveries, whatever the answers were; each comes `afterMs` after the first delivery. */
  again: readonly { afterMs: number; how: 'anew' | 'as it was' }[];
}

/** A fault of the machine, and the time of its begin. */
export type PlannedFault = { atMs: number } & (
  | { kind: 'kill'; what: Killed; shiftMs: number }
  | { kind: 'away'; what: CloudPart | 'linq'; forMs: number }
  | { kind: 'secret rotated'; bothMs: number }
  | { kind: 'key replaced'; revokedMs: number }
);
type Killed = Exclude<FunctionName, 'api'>;

export interface StormPlan {
  calls: readonly PlannedCall[];
  /** The calls whose chats are of this kind. */
  of(kind: ChatKindName): PlannedCall[];
  /** The time during which webhooks come. */
  durationMs: number;
  faults: readonly PlannedFault[];
}

const CALLS_PER_SECOND = 10;
const SHORTEST_MS = 8000;
/** The average; Linq accepts 30 memos a minute in a chat. */
const CALLS_PER_CHAT = 4;
const MOST_PER_CHAT = 10;
/** The greatest shift of another clock against ours: two minutes in either direction. */
export const SHIFT_SECONDS = 120;
/** Shorter storms have no fault that delays every memo by a quarter of an hour of scaled time. */
const LONG_MS = 15_000;

const KILLS: Readonly<Record<Killed, number>> = { receive: 2, store: 4, send: 4, tend: 1 };
const AWAYS: Readonly<Record<CloudPart | 'linq', number>> = { s3: 2, sqs: 2, dynamodb: 2, linq: 2 };

export interface StormOf {
  calls: number;
  seed: number;
  scale: number;
  /** The senders, in turn. @default the usual one alone */
  senders?: readonly PlannedSender[];
}
type PlannedSender = Pick<Delivery, 'source' | 'audio' | 'asksAgain'>;

/** Plans all calls and faults in order. Only the seed and the senders decide. */
export const planStorm = ({ calls, seed, scale, senders = [] }: StormOf): StormPlan => {
  const durationMs = Math.max(SHORTEST_MS, (calls * 1000) / CALLS_PER_SECOND);
  const chats = planChats(dice(seedFor(seed, 'chats')), calls);
  const planned = chats.map((chat, n) => {
    const call = planCall(dice(seedFor(seed, 'call', n)), chat, (n * durationMs) / calls);
    const sender = senders[n % senders.length];
    return sender ? sentBy(sender, call) : call;
  });
  return {
    calls: planned,
    of: (wanted) => planned.filter(({ kind }) => kind === wanted),
    durationMs,
    faults: planFaults(dice(seedFor(seed, 'faults')), durationMs, scale),
  };
};

interface Chat {
  id: string;
  kind: ChatKindName;
}

/** With enough chats, each kind has at least one chat with at least one call; the weights decide all other chats. */
const planChats = (thrown: Dice, calls: number): Chat[] => {
  const weights = Object.fromEntries(CHAT_KIND_NAMES.map((name) => [name, chatKind(name).weight])) as Record<
    ChatKindName,
    number
  >; // the same names
  const number = Math.ceil(calls / CALLS_PER_CHAT);
  const each = number > CHAT_KIND_NAMES.length ? CHAT_KIND_NAMES : [];
  const newChat = (kind = thrown.weighted(weights)) => ({ id: uuid(thrown), kind, calls: 0 });
  const chats = Array.from({ length: number }, (_, n) => newChat(each[n]));
  const stride = Math.floor(calls / Math.max(1, each.length));
  return Array.from({ length: calls }, (_, n) => {
    const first = n % stride === 0 && n / stride < each.length ? chats[n / stride] : undefined;
    const open = chats.filter(({ calls, kind }) => calls < (chatKind(kind).mostCalls ?? MOST_PER_CHAT));
    // Chats of some kinds have a single call. If every chat is full, a new chat is added.
    if (open.length === 0) chats.push(newChat());
    const chosen = (first?.calls === 0 && first) || open[thrown.between(0, open.length - 1)] || chats.at(-1);
    if (!chosen) throw new Error('a storm without a chat');
    chosen.calls += 1;
    return chosen;
  });
};

const planCall = (thrown: Dice, { id: chat, kind }: Chat, aboutMs: number): PlannedCall => {
  const again: PlannedCall['again'][number][] = [];
  const how = () => (thrown.chance(0.5) ? ('anew' as const) : ('as it was' as const));
  if (thrown.chance(0.2))
    for (let left = thrown.between(1, 3); left > 0; left -= 1) again.push({ afterMs: 0, how: how() });
  if (thrown.chance(0.2)) again.push({ afterMs: thrown.between(500, 8000), how: how() });
  const byDice = throwMediaScript(thrown);
  const media = chatKind(kind).media ?? byDice;
  return {
    id: thrown.hex(32),
    chat,
    kind,
    media,
    isLong: kind === 'a call in two parts',
    isQuiet: kind === 'quiet hours',
    expects: expectationOf(kind, media),
    atMs: aboutMs + thrown.between(0, 2000), // so some webhooks come before those of earlier calls
    manner: thrown.weighted({ whole: 90, 'cut in the middle': 5, 'hung up': 5 }),
    tries: thrown.chance(0.1) ? 1 : 12,
    again,
  };
};

/** A recording that comes without a URL meets no faults of a media host. */
const sentBy = (sender: PlannedSender, call: PlannedCall): PlannedCall => {
  if (needsTheUsual(sender, call)) return call;
  const { source, audio } = sender;
  if (audio === 'at a URL') return { ...call, source };
  return { ...call, source, media: GOOD_RECORDING, expects: expectationOf(call.kind, GOOD_RECORDING) };
};

/** Calls with a route of their own, a long call that is no event, and a recording that is gone, where the source is asked again. */
const needsTheUsual = ({ audio, asksAgain }: PlannedSender, { kind, media, isLong }: PlannedCall): boolean =>
  kind === 'quiet hours' ||
  (media.after === '410' && (asksAgain || audio !== 'at a URL')) ||
  (isLong === true && audio !== 'at a URL');

const planFaults = (thrown: Dice, durationMs: number, scale: number): PlannedFault[] => {
  const faults: PlannedFault[] = [];
  for (let atMs = thrown.between(500, 1500); atMs < durationMs; atMs += thrown.between(1500, 4500)) {
    const kind = thrown.weighted({ kill: 3, away: 2 });
    if (kind === 'kill') {
      const shiftMs = thrown.chance(0.35) ? thrown.between(-SHIFT_SECONDS, SHIFT_SECONDS) * 1000 * scale : 0;
      faults.push({ atMs, kind, what: thrown.weighted(KILLS), shiftMs });
    } else faults.push({ atMs, kind, what: thrown.weighted(AWAYS), forMs: thrown.between(100, 2500) });
  }
  faults.push({ atMs: durationMs * 0.3, kind: 'secret rotated', bothMs: 3000 });
  if (durationMs >= LONG_MS) faults.push({ atMs: durationMs * 0.6, kind: 'key replaced', revokedMs: 1500 });
  return faults.sort((a, b) => a.atMs - b.atMs);
};

const uuid = (thrown: Dice): string =>
  thrown.hex(32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
