import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { aCall, aCommand, aFault, aPlan, aPost } from './a-plan.ts';
import { historyOf } from './history.ts';
import { judge } from './judge.ts';
import { type Delivery, sqsQueue } from './queue.ts';
import { simulator } from './simulator.ts';
import { play } from './world.ts';

const queueOf = () => {
  const sim = simulator(0);
  const describe = (body: string) => body;
  const queue = sqsQueue({ name: 'q', visibilityMs: 60_000, sim, history: historyOf(sim), pace: 0, describe });
  const seen: { ms: number; delivery: Delivery }[] = [];
  queue.consume({
    atOnce: 10,
    deliver(delivery) {
      seen.push({ ms: sim.nowMs(), delivery });
      return { isOver: () => false };
    },
  });
  const send = (body: string, group?: string, id = body) =>
    queue.client.send(
      new SendMessageCommand({ QueueUrl: 'q', MessageBody: body, MessageGroupId: group, MessageDeduplicationId: id }),
    );
  const runTo = (ms: number) => {
    for (let next = sim.nextMs(); next !== undefined && next <= ms; next = sim.nextMs()) sim.step();
  };
  const bodies = () => seen.map(({ delivery }) => delivery.message.body);
  return { sim, queue, seen, send, runTo, bodies };
};

test('of a group the queue hands out the first, and no other until it is removed', async () => {
  const { send, seen, runTo, bodies } = queueOf();
  for (const body of ['a1', 'a2']) await send(body, 'a');
  await send('b1', 'b');
  runTo(1000);
  expect(bodies()).toEqual(['a1', 'b1']);
  seen[0]?.delivery.hide(30_000);
  runTo(29_000);
  expect(bodies()).toEqual(['a1', 'b1']);
  seen[0]?.delivery.remove();
  runTo(31_000);
  expect(bodies()).toEqual(['a1', 'b1', 'a2']);
});

test('a message is handed out again when its lease ends, and the old handle is refused', async () => {
  const { send, seen, runTo } = queueOf();
  await send('a1', 'a');
  runTo(61_000);
  expect(seen.map(({ delivery }) => delivery.receives)).toEqual([1, 2]);
  expect(() => seen[0]?.delivery.hide(1000)).toThrow('expired');
  expect(() => seen[0]?.delivery.remove()).toThrow('expired');
});

test('a deduplication id is swallowed for five minutes', async () => {
  const { sim, queue, send } = queueOf();
  queue.pause(10 * 60_000);
  await send('a1', 'a', 'id');
  await send('a2', 'a', 'id');
  expect(queue.messages).toHaveLength(1);
  sim.jumpTo(5 * 60_000);
  await send('a3', 'a', 'id');
  expect(queue.messages).toHaveLength(2);
});

test('events happen in the order of their times, and of the calls at one time', () => {
  const sim = simulator(0);
  const order: string[] = [];
  for (const [ms, name] of [
    [5, 'c'],
    [1, 'a'],
    [5, 'd'],
    [3, 'b'],
  ] as const)
    sim.at(ms, () => order.push(name));
  while (sim.nextMs() !== undefined) sim.step();
  expect(order).toEqual(['a', 'b', 'c', 'd']);
  expect(sim.nowMs()).toBe(5);
});

test('the same plan gives the same history, to the millisecond', async () => {
  const plan = aPlan({
    pace: 4711,
    calls: [aCall({ parts: 3 }), aCall({ to: 'chats A and B', media: ['trouble'], repeatsAfterMs: [1000] })],
    posts: [aPost({ answer: 'unknown, taken' }), aPost({ answer: 'slow down' })],
    faults: [aFault('store', 1, 6, 'dies after'), aFault('send', 2, 3, 'freezes before', 70_000)],
    commands: [aCommand('erase call', 40_000), aCommand('sweep', 60_000)],
  });
  const [one, two] = [await play(plan), await play(plan)];
  expect(one.history.lines()).toEqual(two.history.lines());
  expect(one.history.lines().length).toBeGreaterThan(30);
});

test('a plain world delivers its memo, and says so in plain English', async () => {
  const { world, broken } = await judge(aPlan());
  expect(broken).toEqual([]);
  expect(world.rows.map(({ state }) => state)).toEqual(['delivered']);
  const told = world.history.lines().map((line) => line.replace(/^\S+ \S+ {2}/, ''));
  expect(told).toContain('receive 1: the webhook of call 1 (chat A)');
  expect(told).toContain('Linq delivers call 1 → chat A to chat A as message-1');
  expect(told).toContain('row call 1 → chat A sent → delivered');
});

test('a run that dies is seen again when its lease ends', async () => {
  const { world } = await judge(aPlan({ faults: [aFault('send', 1, 2, 'dies before')] }));
  const told = world.history.lines().join('\n');
  expect(told).toMatch(/send 1 dies before ledger\.get \(its effect 2\)/);
  expect(world.rows.map(({ state }) => state)).toEqual(['delivered']);
});
