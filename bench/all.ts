import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// `npm run bench`: the figures of docs/speed.md. `-- --short` uses fewer calls and a shorter recording, to test that
// every figure can be measured.
const SHORT = { CALLS: '200', CHATS: '20', MINUTES: '10' };

const isShort = process.argv.includes('--short');
for (const file of ['ack.ts', 'memory.ts', 'audio.ts']) {
  const { status, signal } = spawnSync(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], {
    stdio: 'inherit',
    env: { ...process.env, ...(isShort && SHORT) },
  });
  if (status !== 0) throw new Error(`bench/${file} ended with ${signal ?? status}`);
}
