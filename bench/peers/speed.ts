import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { wav } from '../../test/world.ts';
import { quantile } from '../report/figure.ts';
import type { Peer } from './peer.ts';
import { treeMegabytes, watchPeak } from './process-tree.ts';
import { startStage } from './stage.ts';

export interface Speed {
  idleMegabytes: number;
  oneMemoMs: number;
  ackP50: number;
  ackP99: number;
  /** From the first webhook to the last memo at Linq. */
  seconds: number;
  peakMegabytes: number;
}

const TIMEOUT_MS = 180_000;

/** One memo at a time, then many, 16 webhooks at once: recordings of 9.8 MB. */
export const measureSpeed = async (peer: Peer, memos: number): Promise<Speed> => {
  const stage = await startStage(wav(612.5));
  const { linq, surroundings } = stage;
  const program = await peer.start(surroundings);
  try {
    const post = async () => {
      const call = { chat: randomUUID(), id: randomUUID(), recordingUrl: `${surroundings.media}/ok/${randomUUID()}` };
      const { url, headers, body } = peer.webhook(program.url, call, true);
      const begun = performance.now();
      const answer = await fetch(url, { method: 'POST', headers, body });
      await answer.text();
      if (!answer.ok) throw new Error(`${peer.name} answered ${answer.status}`);
      return { begun, ackMs: performance.now() - begun };
    };
    const alone: number[] = [];
    await sleep(2000);
    const idleMegabytes = treeMegabytes(program.pid);
    for (let n = 0; n < 4; n += 1) {
      const { begun } = await post();
      await linq.arrived(n + 1, TIMEOUT_MS);
      alone.push((linq.arrivals.at(-1)?.atMs ?? Number.NaN) - begun);
    }
    const peak = watchPeak(program.pid);
    const begun = performance.now();
    const acks: number[] = [];
    let left = memos;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        acks.push((await post()).ackMs);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    await linq.arrived(memos + 4, TIMEOUT_MS);
    const last = linq.arrivals.at(-1)?.atMs ?? Number.NaN;
    return {
      idleMegabytes,
      oneMemoMs: quantile(alone.slice(1), 0.5),
      ackP50: quantile(acks, 0.5),
      ackP99: quantile(acks, 0.99),
      seconds: (last - begun) / 1000,
      peakMegabytes: peak(),
    };
  } finally {
    await program.stop('SIGKILL');
    await stage.stop();
  }
};
