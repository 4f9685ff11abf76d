import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { postAtRate } from '../flow/load.ts';
import { startMeasured } from '../flow/started-bridge.ts';
import { quantile } from '../report/figure.ts';
import { oursAlone, type Row } from './row.ts';

const call = readFileSync(new URL('../../local/sample/call.mp3', import.meta.url));
const SENT: readonly string[] = ['sent', 'delivered', 'read'];
const SENT_WITHIN_MS = 240_000;

/** A thousand webhooks in two seconds to `npm start`, for a hundred chats: the memos of a chat go one after the other. */
export const storm: Row = async ({ short }) => {
  const [calls, chatCount] = short ? [40, 10] : [1000, 100];
  const acks: number[] = [];
  const allSent: number[] = [];
  const processor: number[] = [];
  for (let run = 0; run < (short ? 1 : 2); run += 1) {
    const bridge = await startMeasured(call);
    try {
      const chats = Array.from({ length: chatCount }, () => crypto.randomUUID());
      await postAtRate(bridge, { count: 20, perSecond: 50, chats: chats.slice(0, 1) });
      const begun = performance.now();
      const before = bridge.processorSeconds();
      const posted = await postAtRate(bridge, { count: calls, perSecond: 500, chats });
      acks.push(
        quantile(
          posted.map(({ ackMs }) => ackMs),
          0.99,
        ),
      );
      for (const memo of posted.flatMap(({ memos }) => memos)) await sent(bridge, memo, begun + SENT_WITHIN_MS);
      allSent.push((performance.now() - begun) / 1000);
      processor.push((((bridge.processorSeconds() ?? Number.NaN) - (before ?? Number.NaN)) * 1000) / calls);
    } finally {
      await bridge.stop();
    }
  }
  return oursAlone({ stormP99: acks, stormSent: allSent, stormProcessor: processor });
};

const sent = async (bridge: { state(memo: string): Promise<string> }, memo: string, until: number) => {
  for (;;) {
    const state = await bridge.state(memo);
    if (SENT.includes(state)) return;
    if (performance.now() > until) throw new Error(`${memo} is ${state}`);
    await sleep(50);
  }
};
