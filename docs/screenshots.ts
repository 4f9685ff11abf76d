import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MPEGDecoder } from 'mpg123-decoder';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { startBridge } from '../local/bridge/bridge.ts';
import { startCloud } from '../local/cloud/cloud.ts';
import { urlOf } from '../local/cloud/cloud-file.ts';
import { listen } from '../local/loopback/listen.ts';
import { signText } from '../local/senders/standard-webhooks.sign.ts';
import { deliver } from '../local/senders/twilio.ts';
import { apiKeyOf, readSettings } from '../local/settings.ts';

// Renews docs/images/ from a bridge that runs: `npm run screenshots`. Needs Debian's chromium.
const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const OTHER_CHAT = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const NO_CHAT = '00000000-0000-0000-0000-000000000000'; // the sandbox knows every chat but this one
const SECRET = `whsec_${Buffer.from('the secret of these pictures').toString('base64')}`;
const sample = readFileSync(new URL('../local/sample/call.mp3', import.meta.url));
const floats = await inFloats(sample); // a WAV that is made an MP3, and so has a waveform

const data = mkdtempSync(join(tmpdir(), 'aftercall-screenshots-'));
const media = await listen(
  http.createServer((request, response) => {
    if (request.url === '/page.html') return response.end('<!doctype html><title>Sign in</title>');
    if (request.url === '/slow.mp3') return void response.writeHead(200).write(sample.subarray(0, 100));
    const call = request.url?.endsWith('.wav') ? floats : sample;
    response.writeHead(200, { 'content-length': call.length }).end(call);
  }),
  0,
);
Object.assign(process.env, {
  PORT: '0',
  AFTERCALL_DATA: data,
  AFTERCALL_DELIVERY: 'url',
  AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
  STANDARD_WEBHOOKS_SECRET: SECRET,
  POWERTOOLS_LOG_LEVEL: 'CRITICAL',
});
for (const name of ['PUBLIC_URL', 'LINQ_API_V3_API_KEY', 'LINQ_API_V3_BASE_URL']) delete process.env[name];
const settings = readSettings(process.env);
const { cloud, stopAll } = await startCloud(data);
const bridge = await startBridge(settings, cloud);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
});
try {
  const long = await calls();
  const sandbox = `${urlOf(cloud, 'sandbox')}/sandbox/${CHAT}`;
  await shoot('sandbox.png', { width: 520, height: 440 }, {}, (page) => page.goto(sandbox));
  await shoot('page.png', { width: 1240, height: 800 }, {}, (page) => page.goto(bridge.url));
  await shoot('page-dark.png', { width: 1240, height: 800 }, { colorScheme: 'dark' }, (page) => page.goto(bridge.url));
  await shoot('page-phone.png', { width: 390, height: 844 }, {}, (page) => page.goto(bridge.url));
  await shoot('memo.png', { width: 1240, height: 1000 }, {}, (page) => listenTo(page, long));
  await shoot('memo-phone.png', { width: 390, height: 844 }, { colorScheme: 'dark' }, (page) =>
    page.goto(`${bridge.url}/m/${long}`),
  );
} finally {
  await browser.close();
  await bridge.stop();
  await stopAll();
  await media.stop();
  rmSync(data, { recursive: true, force: true });
}

/** A morning's calls, each with its own end. Answers the memo whose story is shown. */
async function calls(): Promise<string> {
  const from = (digits: number) => ({ from: `+1415555${digits}`, to: '+14155550199', direction: 'inbound' });
  await reaches(await webhook({ ...from(1042), chat_id: OTHER_CHAT }), 'delivered');
  await reaches(await webhook({ ...from(1107), chat_id: NO_CHAT }), 'failed');
  await reaches(await twilio(), 'delivered');
  await reaches(await webhook({ ...from(1077), recording_url: `${media.url}/page.html`, chat_id: CHAT }), 'rejected');
  await reaches(await webhook({ ...from(1019), chat_id: CHAT }), 'delivered');
  await reaches(await webhook(from(1064)), 'unrouted');
  const recording = { recording_url: `${media.url}/call.wav`, call_id: 'call_8Kq2' };
  const shown = await webhook({ ...from(1023), chat_id: CHAT, ...recording });
  await reaches(shown, 'delivered');
  await fetch(`${urlOf(cloud, 'sandbox')}/sandbox/${CHAT}`); // whoever opens a chat reads it
  await reaches(shown, 'read');
  await reaches(await twilio(), 'delivered');
  await reaches(await webhook({ ...from(1088), recording_url: `${media.url}/slow.mp3`, chat_id: CHAT }), 'received');
  return shown;
}

async function webhook(over: object): Promise<string> {
  const id = randomUUID();
  const timestamp = new Date().toISOString();
  const body = JSON.stringify({
    type: 'recording.completed',
    timestamp,
    data: { id: `rec_${id.slice(0, 8)}`, recording_url: `${media.url}/${id}.mp3`, ...over },
  });
  return memoOf(await post('/hooks/standard-webhooks', body));
}

async function twilio(): Promise<string> {
  const hook = `/hooks/twilio?chat=${OTHER_CHAT}&from=%2B14155551055&to=%2B14155550199`;
  const id = randomUUID().replaceAll('-', '');
  const { secrets, headers, body } = deliver({
    hookUrl: bridge.url + hook,
    recordingUrl: `${media.url}/${id}.mp3`,
    id,
  });
  Object.assign(process.env, secrets);
  return memoOf(await fetch(bridge.url + hook, { method: 'POST', headers, body }));
}

async function memoOf(answer: Response): Promise<string> {
  return Object(await answer.json()).memos[0];
}

function post(path: string, body: string): Promise<Response> {
  const [id, seconds] = [`msg_${randomUUID()}`, Math.floor(Date.now() / 1000)];
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signText(SECRET, id, seconds, body),
  };
  return fetch(bridge.url + path, { method: 'POST', headers, body });
}

async function reaches(id: string, state: string): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) {
    const headers = { authorization: `Bearer ${apiKeyOf(settings)}` };
    const row = Object(await (await fetch(`${bridge.url}/memos/${id}`, { headers })).json());
    if (row.state === state) return;
  }
  throw new Error(`a memo never was ${state}`);
}

async function listenTo(page: Page, memo: string) {
  await page.goto(`${bridge.url}/m/${memo}`);
  await page.getByRole('button', { name: 'Listen' }).click();
  while (!(await page.evaluate('document.querySelector("audio")?.duration > 0'))) await sleep(50);
  await page.evaluate('document.querySelector("audio").currentTime = 9.5');
  await page.evaluate('document.querySelector("audio").pause()');
}

async function shoot(
  name: string,
  viewport: { width: number; height: number },
  options: BrowserContextOptions,
  go: (page: Page) => Promise<unknown>,
) {
  const context = await browser.newContext({ viewport, deviceScaleFactor: 2, timezoneId: 'UTC', ...options });
  const page = await context.newPage();
  await page.goto(`${bridge.url}/sign-in`);
  await page.getByLabel('API key').fill(apiKeyOf(settings));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await go(page);
  await page.evaluate('document.activeElement?.blur()');
  await sleep(1000);
  await page.screenshot({ path: new URL(`images/${name}`, import.meta.url).pathname });
  await context.close();
}

async function inFloats(mp3: Uint8Array): Promise<Buffer> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  const { channelData, sampleRate } = decoder.decode(mp3);
  decoder.free();
  const sound = Buffer.from(channelData[0]?.buffer ?? new ArrayBuffer(0));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + sound.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(3, 20); // IEEE floats
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * 4, 28);
  head.writeUInt16LE(4, 32);
  head.writeUInt16LE(32, 34);
  head.write('data', 36);
  head.writeUInt32LE(sound.length, 40);
  return Buffer.concat([head, sound]);
}
