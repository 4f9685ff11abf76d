import { setTimeout as sleep } from 'node:timers/promises';
import { accidentsIn } from './accidents.ts';
import { type Account, takeAccount } from './account.ts';
import { HONEST, type Post } from './linq.ts';
import { linqFaultBySeed, listedAfterMsBySeed, listFaultBySeed } from './linq-faults.ts';
import { dice, seedFor } from './seeded.ts';
import { type PlannedCall, planStorm } from './storm-plan.ts';
import type { Counts } from './tally.ts';
import { untilQuiet, waitUntilSettled } from './wait-until-settled.ts';
import type { World } from './world.ts';

export interface Storm {
  account: Account;
  faults: Counts;
  seconds: number;
}

export interface StormOptions {
  calls: number;
  seed: number;
  /** Linq itself delivers some memos twice, which nobody can prevent: the account must find them. */
  sabotage: boolean;
  onProgress(what: string): void;
}

/** Plays the seed's storm on a world, lets it calm down, and takes the account. */
export const runStorm = async (world: World, options: StormOptions): Promise<Storm> => {
  const { calls, seed, sabotage, onProgress } = options;
  const { senders, linq, functions, cloud, scale, tally } = world;
  const begun = performance.now();
  const plan = planStorm({ calls, seed, scale });
  const before = linq.posts.length;
  tally.takeCounts();
  linq.follow({
    post: ({ memo, nth }) =>
      sabotage && dice(seedFor(seed, 'sabotage', memo)).chance(0.2) ? 'taken twice' : linqFaultBySeed(seed, memo, nth),
    list: ({ chat, nth }) => listFaultBySeed(seed, chat, nth),
    listedAfterMs: (memo) => listedAfterMsBySeed(seed, memo, scale),
  });

  const befall = accidentsIn(world);
  let called = 0;
  await Promise.all([
    ...plan.calls.map(async (call) => {
      await sleep(call.atMs);
      await callEnds(world, call);
      called += 1;
      onProgress(`${called} of ${calls} webhooks are through`);
    }),
    ...plan.accidents.map(async (accident) => {
      await sleep(accident.atMs);
      await befall(accident);
    }),
  ]);

  // The machine is left in peace from here on. Media host and Linq go on as the seed has it: for each recording and memo
  // that comes to an end by itself.
  await Promise.all([...Object.values(cloud), ...Object.values(functions)].map((each) => each.ready()));
  const sent = senders.sent(plan.calls);
  const memos = sent.flatMap((call) => call.memos);
  const rows = await waitUntilSettled(world, memos, (left) => onProgress(`${left} memos are still under way`));
  await untilQuiet(world);
  const chats = new Set(plan.calls.map(({ chat }) => chat));
  const arrived = (await linq.chats()).filter(({ chat }) => chats.has(chat));
  linq.follow(HONEST);
  const account = takeAccount({ sent, rows, arrived, optedOutThenAsked: optedOutThenAsked(linq.posts.slice(before)) });
  return { account, faults: tally.takeCounts(), seconds: (performance.now() - begun) / 1000 };
};

const callEnds = async ({ senders, tally }: World, call: PlannedCall) => {
  senders.announce(call);
  if (call.manner !== 'whole') tally.count('senders', call.manner);
  await Promise.all([
    senders.insist(call, call.tries, call.manner),
    ...call.again.map(async ({ afterMs, how }) => {
      await sleep(afterMs);
      tally.count('senders', afterMs === 0 ? 'sent twice at once' : 'sent again later');
      await senders.deliver(call, 'whole', how);
    }),
  ]);
};

/** Memos for which Linq was asked once more after it had said that the recipient wants none. */
export const optedOutThenAsked = (posts: readonly Post[]): string[] =>
  [...Map.groupBy(posts, ({ memo }) => memo)].flatMap(([memo, each]) => {
    const first = each.findIndex(({ fault }) => fault === '403/2024, opted out');
    return first >= 0 && first < each.length - 1 ? [memo] : [];
  });
