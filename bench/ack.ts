import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, startMeasured } from './bridge.ts';

// How fast a webhook is acknowledged, after SQS has accepted it, while store and send work on the same machine.
const CALLS = Number(process.env.CALLS ?? 1000);
const PER_SECOND = Number(process.env.RATE ?? 50);
/** The memos of a chat are sent one after the other. */
const CHATS = Number(process.env.CHATS ?? CALLS);
const chats = Array.from({ length: CHATS }, () => crypto.randomUUID());

const call = readFileSync(new URL('../local/sample/call.mp3', import.meta.url));
const bridge = await startMeasured(call);
try {
  for (let warm = 0; warm < 20; warm += 1) await post();
  const acks: number[] = [];
  const memos: string[] = [];
  const start = performance.now();
  const before = bridge.processorSeconds();
  const posts: Promise<void>[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    await sleep(Math.max(0, start + (n * 1000) / PER_SECOND - performance.now()));
    posts.push(
      post(chats[n % CHATS]).then(({ ms, memo }) => {
        acks.push(ms);
        memos.push(memo);
      }),
    );
  }
  await Promise.all(posts);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((part) => quantile(acks, part).toFixed(1));
  console.log(
    `${acks.length} webhooks for ${CHATS} chats at ${PER_SECOND}/s: acknowledged in p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`,
  );

  for (const memo of memos) {
    for (
      const end = Date.now() + 120_000;
      !['sent', 'delivered', 'read'].includes(await bridge.state(memo));
      await sleep(50)
    ) {
      if (Date.now() > end) throw new Error(`${memo} is ${await bridge.state(memo)}`);
    }
  }
  const processor = ((bridge.processorSeconds() ?? Number.NaN) - (before ?? Number.NaN)) / memos.length;
  console.log(
    `all ${memos.length} sent after ${((performance.now() - start) / 1000).toFixed(1)} s, ` +
      `with ${processor.toFixed(3)} s of processor time a memo, the cloud's and the questions after its state included`,
  );
} finally {
  await bridge.stop();
}

async function post(chat: string = crypto.randomUUID()): Promise<{ ms: number; memo: string }> {
  const webhook = bridge.webhook();
  const begun = performance.now();
  const answer = await fetch(`${bridge.url}/hooks/standard-webhooks?chat=${chat}`, webhook);
  const body = await answer.text();
  const ms = performance.now() - begun;
  if (answer.status !== 200) throw new Error(`${answer.status} ${body}`);
  return { ms, memo: String(JSON.parse(body).memos[0]) };
}
