import { setTimeout as sleep } from 'node:timers/promises';
import { replaceKey } from './faults.ts';
import { HONEST } from './linq.ts';
import { type Case, MATRIX } from './matrix.ts';
import { GOOD_RECORDING } from './media-faults.ts';
import type { Answer } from './post-webhook.ts';
import { dice } from './seeded.ts';
import type { Call } from './senders.ts';
import { optedOutThenAsked } from './storm.ts';
import type { Row, Verdict } from './verdict.ts';
import { verify } from './verify.ts';
import { waitUntilSettled } from './wait-until-settled.ts';
import type { World } from './world.ts';

/** The result of a case. */
export interface Played {
  case: Case;
  verdict: Verdict;
  /** The result in words, for the table. */
  ours: string;
  /** The broken promises; empty if all were kept. */
  broken: readonly string[];
}

export interface MatrixPlayed {
  cases: readonly Played[];
  seconds: number;
}

interface Running {
  case: Case;
  calls: readonly Call[];
  answers: (Answer | undefined)[];
}

/** A wait in which a memo that must not be sent could still come. */
const AFTERWARDS_MS = 3000;
const GIVE_UP_MS = 30_000;

/** Plays every case on one world: first those with machine faults, then all others at once, each in its own chats. */
export const playMatrix = async (world: World, seed: number, cases = MATRIX): Promise<MatrixPlayed> => {
  const begun = performance.now();
  const { linq, senders } = world;
  const thrown = dice(seed);
  const running = cases.map(
    (each): Running => ({ case: each, calls: callsOf(each, () => thrown.hex(32)), answers: [] }),
  );
  const scripts = new Map(running.flatMap(({ case: { linq = [] }, calls }) => calls.map(({ chat }) => [chat, linq])));
  linq.follow({ ...HONEST, post: ({ chat, nth }) => scripts.get(chat)?.[nth - 1] ?? 'none' });

  for (const each of running.filter(({ case: { upset } }) => upset)) await upset(world, each);
  await Promise.all(running.filter(({ case: { upset } }) => !upset).map((each) => deliverAll(world, each)));

  const memosOf = ({ calls }: Running) => senders.sent(calls).flatMap(({ memos }) => memos);
  const settled = new Map<string, Row>();
  await Promise.all(
    running.map(async (each) => {
      for (const [memo, row] of await waitUntilSettled(world, memosOf(each))) settled.set(memo, row);
      if (each.case.andAgain) await deliverAll(world, each);
    }),
  );
  await sleep(AFTERWARDS_MS);
  linq.follow(HONEST);
  const arrived = await linq.chats();
  const played = running.map((each): Played => {
    const sent = senders.sent(each.calls);
    const chats = new Set(each.calls.map(({ chat }) => chat));
    const posts = linq.posts.filter(({ chat }) => chats.has(chat));
    const verdict = verify({
      sent,
      rows: settled,
      arrived: arrived.filter(({ chat }) => chats.has(chat)),
      optedOutThenAsked: optedOutThenAsked(posts),
    });
    const rows = memosOf(each).flatMap((memo) => settled.get(memo) ?? []);
    const postsPerMemo = memosOf(each).map((memo) => posts.filter((post) => post.memo === memo).length);
    return { case: each.case, verdict, ...judge(each, verdict, rows, postsPerMemo) };
  });
  return { cases: played, seconds: (performance.now() - begun) / 1000 };
};

const callsOf = ({ calls, media = GOOD_RECORDING }: Case, hex: () => string): Call[] =>
  Array.from({ length: calls }, () => {
    const id = hex();
    return { id, chat: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), media };
  });

const deliverAll = async ({ senders }: World, { case: { atOnce = 1, unsigned }, calls, answers }: Running) => {
  for (const call of calls) senders.announce(call);
  const times = Array.from({ length: atOnce });
  const manner = unsigned ? 'unsigned' : 'whole';
  answers.push(...(await Promise.all(calls.flatMap((call) => times.map(() => senders.deliver(call, manner))))));
};

const upset = async (world: World, running: Running) => {
  const { media, functions, linq, environment } = world;
  if (running.case.upset === 'store is killed in mid-download') {
    await deliverAll(world, running);
    await until(() => media.holding() > 0);
    functions.store.kill();
    media.letGo();
    return;
  }
  linq.keys.delete(environment.linqKey);
  await deliverAll(world, running);
  // Waits until the revoked key has failed for every memo; only then is the key replaced.
  const memos = world.senders.sent(running.calls).flatMap(({ memos }) => memos);
  await until(async () => {
    const rows = await Promise.all(memos.map((memo) => world.row(memo).catch(() => undefined)));
    return rows.every((row) => row?.history.some(({ code }) => code?.startsWith('401')));
  });
  await replaceKey(world);
};

const judge = (
  { case: { mustHold, calls, unsigned }, answers }: Running,
  { delivered, findings }: Verdict,
  rows: readonly Row[],
  postsPerMemo: readonly number[],
): Pick<Played, 'ours' | 'broken'> => {
  const statuses = answers.map((answer) => answer?.status ?? 0);
  const accepted = statuses.filter((status) => status >= 200 && status < 300).length;
  const wrongEnds = rows.filter(({ state }) => !mustHold.ends.includes(state));
  const broken = [
    ...findings.map(({ kind, what, memo }) => `${kind}: ${what} (${memo})`),
    ...(delivered === mustHold.delivered ? [] : [`${delivered} delivered, not ${mustHold.delivered}`]),
    ...new Set(wrongEnds.map(({ state, reason }) => `ended ${state}${reason ? `: ${reason}` : ''}`)),
    ...(mustHold.posts !== undefined && postsPerMemo.some((posts) => posts !== mustHold.posts)
      ? [`Linq was asked ${postsPerMemo.join(', ')} times`]
      : []),
    ...(unsigned && accepted > 0 ? ['it was accepted'] : []),
    ...(!unsigned && accepted < statuses.length ? [`answered ${[...new Set(statuses)].join(', ')}`] : []),
  ];
  const [row] = rows;
  if (unsigned) return { broken, ours: accepted > 0 ? 'accepted' : `refused, ${statuses[0]}` };
  if (mustHold.delivered === 0 && delivered === 0) return { broken, ours: row ? row.state : 'no row' };
  return { broken, ours: `${delivered} of ${calls}` };
};

const until = async (look: () => boolean | Promise<boolean>) => {
  for (const end = Date.now() + GIVE_UP_MS; Date.now() < end; await sleep(20)) if (await look()) return;
  throw new Error('given up: the bridge did not come to the point where this case begins');
};
