import { setTimeout as sleep } from 'node:timers/promises';
import { acknowledgedBySource } from './by-source.ts';
import { type ChatKindName, chatKind, linqFaultIn } from './chat-kinds.ts';
import type { Counts } from './counters.ts';
import { faultsIn } from './faults.ts';
import { HONEST, type LinqRules, type Post } from './linq.ts';
import { leavesOpen, listedAfterMsBySeed, listFaultBySeed } from './linq-faults.ts';
import { quietHours } from './quiet-hours.ts';
import { dice, seedFor } from './seeded.ts';
import { type PlannedCall, planStorm, SHIFT_SECONDS, type StormPlan } from './storm-plan.ts';
import type { Doubt, Row, Sent, Verdict } from './verdict.ts';
import { verify } from './verify.ts';
import { untilQuiet, waitUntilSettled } from './wait-until-settled.ts';
import type { World } from './world.ts';

export interface Storm {
  verdict: Verdict;
  faults: Counts;
  /** How many acknowledged calls came from each source. */
  sources: Readonly<Record<string, number>>;
  seconds: number;
}

export interface StormOptions {
  calls: number;
  seed: number;
  /** Makes Linq itself deliver some memos twice, which nobody can prevent: the verdict must name these memos. */
  sabotage: boolean;
  onProgress(what: string): void;
}

/** Plays the seed's storm on a world, waits for the end, lets the operator replay, and compares all with the plan. */
export const runStorm = async (world: World, options: StormOptions): Promise<Storm> => {
  const { calls, seed, onProgress } = options;
  const [{ senders, linq, functions, cloud, scale, counters }, begun] = [world, performance.now()];
  const plan = planStorm({ calls, seed, scale, senders: world.deliveries.each });
  const before = linq.posts.length;
  counters.takeCounts();
  const repaired = new Set<string>();
  linq.follow(rulesOf(plan, options, scale, repaired));
  const quietUntilMs = await beginQuietHours(world, plan);
  for (const chat of new Set(plan.of('suppressed').map(({ chat }) => chat))) await world.operator.suppress(chat);

  const doubts: Doubt[] = [];
  const inject = faultsIn(world, doubts);
  const erasedMs = new Map<string, number>();
  await playCallsAndFaults(world, plan, options, inject, erasedMs);

  // From here on, the kit injects no more machine faults. Media host and Linq still follow the seed; their faults for
  // each recording and memo end by themselves.
  await Promise.all([...Object.values(cloud), ...Object.values(functions)].map((each) => each.ready()));
  const settled = (of: readonly PlannedCall[]) => settledRows(world, of, onProgress);
  const ended = await settled(plan.calls);
  const replayed = [...plan.of('gone, then replayed'), ...plan.of('dead letter, then replayed')];
  for (const call of replayed) await repairAndReplay(world, call, repaired);
  const rows = new Map([...ended, ...(await settled(replayed)), ...(await laterParts(world, plan))]);
  await untilQuiet(world);
  await addRowsOf(erasedMs.keys(), world, rows);
  const { arrived, posts } = await takeFromLinq(linq, plan, before);
  for (const { memo, fault, atMs } of posts) if (leavesOpen(fault)) doubts.push({ memo, fromMs: atMs, toMs: atMs });
  const verdict = verify({
    sent: plan.calls.map((call) => asJudged(call, senders.sent([call])[0], { ended, erasedMs, quietUntilMs })),
    rows,
    arrived,
    optedOutThenAsked: optedOutThenAsked(posts),
    doubts,
    toleranceMs: SHIFT_SECONDS * 1000 * scale,
    orderWaitMs: ORDER_WAIT_MS * scale,
  });
  const sources = acknowledgedBySource(world, plan.calls);
  return { verdict, faults: counters.takeCounts(), sources, seconds: (performance.now() - begun) / 1000 };
};

/** By docs/path.md, the later memos of a chat wait for a recording for so long after its acknowledgement. */
const ORDER_WAIT_MS = 10 * 60_000;

/** Plays each call and each fault at its time, and waits for all of them. */
const playCallsAndFaults = async (
  world: World,
  plan: StormPlan,
  { calls, onProgress }: StormOptions,
  inject: ReturnType<typeof faultsIn>,
  erasedMs: Map<string, number>,
): Promise<void> => {
  let called = 0;
  await Promise.all([
    ...plan.calls.map(async (call) => {
      await sleep(call.atMs);
      await callEnds(world, call);
      if (call.kind === 'erased') await eraseCall(world, call, erasedMs);
      if (call.kind === 'dead letter, then replayed') await giveUpCall(world, call);
      called += 1;
      onProgress(`${called} of ${calls} webhooks are through`);
    }),
    ...plan.faults.map(async (fault) => {
      await sleep(fault.atMs);
      await inject(fault);
    }),
  ]);
};

const settledRows = (world: World, calls: readonly PlannedCall[], onProgress: StormOptions['onProgress']) =>
  waitUntilSettled(
    world,
    world.senders.sent(calls.filter(({ kind }) => kind !== 'erased')).flatMap(({ memos }) => memos),
    (left) => onProgress(`${left} memos are still under way`),
  );

/** The content of this storm's chats, and the POSTs to Linq since `before`. From here on, Linq injects no faults. */
const takeFromLinq = async (linq: World['linq'], plan: StormPlan, before: number) => {
  const chats = new Set(plan.calls.map(({ chat }) => chat));
  const arrived = (await linq.chats()).filter(({ chat }) => chats.has(chat));
  linq.follow(HONEST);
  return { arrived, posts: linq.posts.slice(before) };
};

const repairAndReplay = async ({ media, senders, operator }: World, call: PlannedCall, repaired: Set<string>) => {
  repaired.add(call.chat);
  media.repair(call.id);
  for (const { acknowledged, memos } of senders.sent([call]))
    for (const memo of acknowledged ? memos : []) await operator.replay(memo);
};

const addRowsOf = async (memos: Iterable<string>, world: World, rows: Map<string, Row>) => {
  for (const memo of memos) {
    const row = await world.row(memo);
    if (row) rows.set(memo, row);
  }
};

const rulesOf = (plan: StormPlan, options: StormOptions, scale: number, repaired: ReadonlySet<string>): LinqRules => {
  const { seed, sabotage } = options;
  const kinds = new Map<string, ChatKindName>(plan.calls.map(({ chat, kind }) => [chat, kind]));
  const kindOf = (chat: string) => kinds.get(chat) ?? 'plain';
  return {
    post({ chat, memo, nth }) {
      if (sabotage && dice(seedFor(seed, 'sabotage', memo)).chance(0.2)) return 'taken twice';
      const { untilRepaired } = chatKind(kindOf(chat));
      if (untilRepaired) return repaired.has(chat) ? 'none' : untilRepaired;
      return linqFaultIn(kindOf(chat), seed, memo, nth);
    },
    list: ({ chat, nth }) => listFaultBySeed(seed, chat, nth),
    listedAfterMs({ chat, memo }) {
      const { listedAfterMinutes } = chatKind(kindOf(chat));
      return listedAfterMinutes ? listedAfterMinutes * 60_000 * scale : listedAfterMsBySeed(seed, memo, scale);
    },
    listedAs({ chat, filename }) {
      if (!chatKind(kindOf(chat)).renames) return filename;
      const [stem = '', extension = ''] = filename.split('.');
      const name = dice(seedFor(seed, 'renamed', filename)).weighted({ ending: 1, suffix: 1, 'upper case': 1 });
      return { ending: `${stem}.m4a`, suffix: `${stem}_1a2b.${extension}`, 'upper case': filename.toUpperCase() }[name];
    },
  };
};

/** Restarts the functions with a route with quiet hours, since the bridge reads its routes only at the start. */
const beginQuietHours = async ({ functions, environment }: World, plan: StormPlan): Promise<number> => {
  const [call] = plan.of('quiet hours');
  if (!call) return 0;
  const { route, untilMs } = quietHours(call.chat, Date.now(), Math.max(30_000, plan.durationMs / 2));
  environment.quietRoute = route;
  await Promise.all(
    Object.values(functions).map(async (each) => {
      await each.takeAway();
      await each.bringBack();
    }),
  );
  return untilMs;
};

const callEnds = async ({ senders, counters }: World, call: PlannedCall) => {
  senders.announce(call);
  if (call.manner !== 'whole') counters.count('senders', call.manner);
  await Promise.all([
    senders.insist(call, call.tries, call.manner),
    ...call.again.map(async ({ afterMs, how }) => {
      await sleep(afterMs);
      counters.count('senders', afterMs === 0 ? 'sent twice at once' : 'sent again later');
      await senders.deliver(call, 'whole', how);
    }),
  ]);
};

const eraseCall = async (
  { senders, operator, row, counters }: World,
  call: PlannedCall,
  erasedMs: Map<string, number>,
) => {
  for (const memo of senders.sent([call])[0]?.memos ?? []) {
    await untilThere(() => row(memo));
    counters.count('operator', 'erased');
    erasedMs.set(memo, await operator.erase(memo));
  }
};

const giveUpCall = async ({ senders, operator, counters }: World, call: PlannedCall) => {
  for (const memo of senders.sent([call])[0]?.memos ?? []) {
    counters.count('operator', 'message given up');
    await operator.giveUp(memo);
  }
};

/** An acknowledged call has no row until `store` reads its message, which may wait behind a thousand others. */
const ROW_WITHIN_MS = 20 * 60_000;
const untilThere = async (look: () => Promise<Row | undefined>) => {
  for (const end = Date.now() + ROW_WITHIN_MS; Date.now() < end; await sleep(100))
    if (await look().catch(() => undefined)) return;
  throw new Error('an acknowledged call has had no row for twenty minutes');
};

/** The rows of a long call's later parts, which no webhook's answer names. */
const laterParts = async (world: World, plan: StormPlan): Promise<Map<string, Row>> => {
  const { memos = [] } = world.senders.sent(plan.of('a call in two parts'))[0] ?? {};
  return waitUntilSettled(
    world,
    memos.map((memo) => `${memo}-2`),
  );
};

const asJudged = (
  call: PlannedCall,
  sent: Sent | undefined,
  known: { ended: ReadonlyMap<string, Row>; erasedMs: ReadonlyMap<string, number>; quietUntilMs: number },
): Sent => {
  if (!sent) throw new Error(`the call ${call.id} was never sent`);
  const [memo = ''] = sent.memos;
  const before = known.ended.get(memo);
  const erased = known.erasedMs.get(memo);
  const { expects } = call;
  return {
    ...sent,
    expects:
      call.kind === 'quiet hours' && expects.kind === 'delivered'
        ? { ...expects, notBeforeMs: known.quietUntilMs }
        : expects,
    ...(before && { before }),
    ...(erased !== undefined && { erasedMs: erased }),
  };
};

/** Memos that were posted to Linq again after Linq's answer that the recipient has opted out. */
export const optedOutThenAsked = (posts: readonly Post[]): string[] =>
  [...Map.groupBy(posts, ({ memo }) => memo)].flatMap(([memo, each]) => {
    const first = each.findIndex(({ fault }) => fault === '403/2024, opted out');
    return first >= 0 && first < each.length - 1 ? [memo] : [];
  });
