import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { wav } from '../test/world.ts';
import { startMeasured } from './bridge.ts';

// Whether the functions' memory grows with a recording's size: the peak of a fresh bridge after a few memos (Linux).
const MEMOS = 5;
const SIZES = [
  ['0.1 MB', wav(6.25)],
  ['9.9 MB', wav(618.75)],
] as const;

for (const [size, recording] of [...SIZES, ...[...SIZES].reverse()]) {
  const bridge = await startMeasured(recording);
  try {
    for (let n = 0; n < MEMOS; n += 1) {
      const answer = await fetch(`${bridge.url}/hooks/standard-webhooks?chat=${crypto.randomUUID()}`, bridge.webhook());
      const memo = String(JSON.parse(await answer.text()).memos[0]);
      while (!['sent', 'delivered', 'read'].includes(await bridge.state(memo))) await sleep(20);
    }
    const status = readFileSync(`/proc/${bridge.pid()}/status`, 'utf8');
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    console.log(`${size} (${recording.length} bytes) × ${MEMOS}: peak ${peak.toFixed(0)} MB`);
  } finally {
    await bridge.stop();
  }
}
