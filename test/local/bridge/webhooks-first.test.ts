import { expect, test } from 'vitest';
import { webhooksFirst } from '../../../local/bridge/webhooks-first.ts';

const burst = (first: ReturnType<typeof webhooksFirst>, count: number) => {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const answers = Array.from({ length: count }, () => first.answer(() => over));
  return { end, ended: Promise.allSettled(answers) };
};
/** Whether the turn comes before the burst is over. */
const beforeItsEnd = async (first: ReturnType<typeof webhooksFirst>, { end, ended }: ReturnType<typeof burst>) => {
  const order: string[] = [];
  const turn = first.turn().then(() => order.push('turn'));
  await new Promise(setImmediate);
  order.push('end');
  end();
  await Promise.all([turn, ended]);
  return order[0] === 'turn';
};

test('other work begins at once where no webhook or a few webhooks are answered', async () => {
  const first = webhooksFirst();
  await first.turn();
  expect(await beforeItsEnd(first, burst(first, 4))).toBe(true);
});

test('other work waits for the end of a burst of webhooks, and then begins', async () => {
  const first = webhooksFirst();
  expect(await beforeItsEnd(first, burst(first, 5))).toBe(false);
  expect(await beforeItsEnd(first, burst(first, 0))).toBe(true);
});

test('a burst without an end holds up other work for a time only', async () => {
  const first = webhooksFirst();
  const endless = burst(first, 100);
  await first.turn();
  endless.end();
  await endless.ended;
});

test('a webhook whose answer fails is counted no longer', async () => {
  const first = webhooksFirst();
  const failing = () => first.answer(() => Promise.reject(new Error('no')));
  for (let n = 0; n < 9; n += 1) await expect(failing()).rejects.toThrow('no');
  expect(await beforeItsEnd(first, burst(first, 4))).toBe(true);
});
