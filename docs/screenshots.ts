import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startBridge } from '../local/bridge.ts';
import { SANDBOX_KEY, startCloud } from '../local/cloud.ts';
import { urlOf } from '../local/cloud-file.ts';
import { listen } from '../local/emulators/listen.ts';
import { apiKeyOf, readSettings } from '../local/settings.ts';

// Renews docs/images/ from a bridge that runs: `node docs/screenshots.ts`. Needs Debian's chromium.
const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const call = readFileSync(new URL('../local/sample/call.mp3', import.meta.url));

const data = mkdtempSync(join(tmpdir(), 'aftercall-screenshots-'));
const media = await listen(
  http.createServer((_request, response) => response.end(call)),
  0,
);
Object.assign(process.env, {
  PORT: '0',
  AFTERCALL_DATA: data,
  AFTERCALL_DELIVERY: 'url',
  AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
  POWERTOOLS_LOG_LEVEL: 'ERROR',
});
for (const name of ['PUBLIC_URL', 'LINQ_API_V3_API_KEY', 'LINQ_API_V3_BASE_URL']) delete process.env[name];
const settings = readSettings(process.env);
const { cloud, stopAll } = await startCloud(data);
const bridge = await startBridge(settings, cloud);
const sandbox = urlOf(cloud, 'sandbox');
try {
  await send(2);
  await shoot(`${sandbox}/sandbox/${CHAT}`, 'sandbox.png');
} finally {
  await bridge.stop();
  await stopAll();
  await media.stop();
  rmSync(data, { recursive: true, force: true });
}

async function send(memos: number) {
  const headers = { authorization: `Bearer ${apiKeyOf(settings)}`, 'content-type': 'application/json' };
  for (let n = 1; n <= memos; n += 1) {
    const body = JSON.stringify({ chat: CHAT, audio_url: `${media.url}/${randomUUID()}` });
    await fetch(`${bridge.url}/memos`, { method: 'POST', headers, body });
    while ((await shown()) < n) await sleep(50);
  }
}

async function shown(): Promise<number> {
  const answer = await fetch(`${sandbox}/v3/chats/${CHAT}/messages`, {
    headers: { authorization: `Bearer ${SANDBOX_KEY}` },
  });
  return Object(await answer.json()).messages.length;
}

async function shoot(url: string, name: string) {
  const profile = mkdtempSync(join(tmpdir(), 'aftercall-chromium-'));
  const quiet = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-sync',
  ];
  const picture = new URL(`images/${name}`, import.meta.url).pathname;
  const size = ['--window-size=520,440', '--force-device-scale-factor=2', '--virtual-time-budget=4000'];
  const chromium = [...quiet, ...size, `--user-data-dir=${profile}`, `--screenshot=${picture}`, url];
  await promisify(execFile)('chromium', chromium, { timeout: 30_000 });
  rmSync(profile, { recursive: true, force: true });
}
