import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { startBridge } from '../local/bridge/bridge.ts';
import { startCloud } from '../local/cloud/cloud.ts';
import { urlOf } from '../local/cloud/cloud-file.ts';
import { deliveredSchema } from '../local/delivered.ts';
import { listen } from '../local/loopback/listen.ts';
import { fillDays } from '../local/sample/fill-days.ts';
import { signText } from '../local/senders/standard-webhooks.sign.ts';
import { apiKeyOf, readSettings } from '../local/settings.ts';
import { moveBack } from './pictures/move-back.ts';
import { mp3Of, wavOfFloats } from './pictures/sound.ts';

// Renews docs/images/ from a bridge that runs on this machine: `npm run screenshots`. Needs Debian's chromium.
const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const OTHER_CHAT = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const SUPPRESSED_CHAT = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const NO_CHAT = '00000000-0000-0000-0000-000000000000'; // the sandbox knows every chat but this one
const SECRET = `whsec_${Buffer.from('the secret of these pictures').toString('base64')}`;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const floats = await wavOfFloats();
const data = mkdtempSync(join(tmpdir(), 'aftercall-screenshots-'));
const media = await listen(http.createServer(answerWithAudio), 0);
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
  // Weeks of memos for the chart, few enough to be counted at once; the calls below are newer.
  await fillDays(cloud, { memos: 900, days: 21, nowMs: Date.now() - 10 * HOUR_MS, keyRefused: false });
  const long = await calls();
  const sandbox = `${urlOf(cloud, 'sandbox')}/sandbox/${CHAT}`;
  await shoot('sandbox.png', { width: 520, height: 440 }, {}, (page) => page.goto(sandbox));
  await shoot('page.png', { width: 1400, height: 1000 }, {}, (page) => page.goto(bridge.url));
  await shoot('page-dark.png', { width: 1400, height: 1000 }, { colorScheme: 'dark' }, (page) => page.goto(bridge.url));
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

/** Four days of calls from several call systems, each with its own end. Answers the memo whose story is shown. */
async function calls(): Promise<string> {
  await post('/suppressions', JSON.stringify({ chat: SUPPRESSED_CHAT, reason: 'asked by e-mail' }), {
    authorization: `Bearer ${apiKeyOf(settings)}`,
    'content-type': 'application/json',
  });
  const from = (digits: number) => ({ from: `+1415555${digits}`, to: '+14155550199' });
  const made: [memo: string, agoMs: number][] = [];
  /** Waits for a call's end, and notes how long ago the picture shows it. */
  const add = async (agoMs: number, memo: Promise<string>, end: string) => {
    const id = await memo;
    await reaches(id, end);
    made.push([id, agoMs]);
    return id;
  };

  await add(3 * DAY_MS, fromVendor('callrail', { chat: OTHER_CHAT }, mp3At(412)), 'delivered');
  await add(2 * DAY_MS + 3 * HOUR_MS, fromVendor('twilio', { chat: NO_CHAT, ...from(1042) }, mp3At(88)), 'failed');
  await add(2 * DAY_MS, fromVendor('dialpad', { chat: OTHER_CHAT }, mp3At(1_934)), 'delivered');
  await add(30 * HOUR_MS, fromVendor('retell', { chat: SUPPRESSED_CHAT }, mp3At(61)), 'skipped');
  await add(27 * HOUR_MS, fromVendor('twilio', { chat: OTHER_CHAT, ...from(1055) }, mp3At(143)), 'delivered');
  const page = `${media.url}/page.html`;
  await add(9 * HOUR_MS, fromVendor('vonage', { chat: OTHER_CHAT, ...from(1077) }, page), 'rejected');
  await add(7 * HOUR_MS, fromVendor('vonage', { chat: CHAT, ...from(1019) }, mp3At(305)), 'delivered');
  await add(4 * HOUR_MS, fromVendor('retell', {}, mp3At(97)), 'unrouted');
  const shown = await add(52 * MINUTE_MS, webhook({ ...from(1023), call_id: 'call_8Kq2' }, '/call.wav'), 'delivered');
  await fetch(`${urlOf(cloud, 'sandbox')}/sandbox/${CHAT}`); // a chat is read when somebody opens its page
  await reaches(shown, 'read');
  await add(18 * MINUTE_MS, fromVendor('twilio', { chat: OTHER_CHAT, ...from(1064) }, mp3At(751)), 'delivered');
  await add(6 * MINUTE_MS, fromVendor('dialpad', { chat: OTHER_CHAT }, mp3At(188)), 'delivered');
  await reaches(await webhook(from(1088), '/slow.mp3'), 'received');
  for (const [memo, agoMs] of made) await moveBack(memo, agoMs);
  return shown;
}

async function webhook(over: object, path: string): Promise<string> {
  const id = randomUUID();
  const timestamp = new Date().toISOString();
  const recording = {
    id: `rec_${id.slice(0, 8)}`,
    recording_url: media.url + path,
    direction: 'inbound',
    chat_id: CHAT,
  };
  const body = JSON.stringify({ type: 'recording.completed', timestamp, data: { ...recording, ...over } });
  const nowSeconds = Math.floor(Date.now() / 1000);
  return memoOf(
    await post('/hooks/standard-webhooks', body, {
      'webhook-id': `msg_${id}`,
      'webhook-timestamp': String(nowSeconds),
      'webhook-signature': signText(SECRET, `msg_${id}`, nowSeconds, body),
    }),
  );
}

/** A vendor's own event, signed by its own scheme. */
async function fromVendor(source: string, query: Record<string, string>, recordingUrl: string): Promise<string> {
  const hook = `/hooks/${source}?${new URLSearchParams(query)}`;
  const { deliver } = await import(`../local/senders/${source}.ts`);
  const { secrets, headers, body } = deliveredSchema.parse(
    deliver({
      hookUrl: bridge.url + hook,
      recordingUrl,
      nowSeconds: Math.floor(Date.now() / 1000),
      id: randomBytes(16).toString('hex'),
    }),
  );
  Object.assign(process.env, secrets);
  return memoOf(await post(hook, body, headers));
}

function mp3At(seconds: number): string {
  return `${media.url}/${randomUUID()}.mp3?seconds=${seconds}`;
}

async function memoOf(answer: Response): Promise<string> {
  const { memos } = Object(await answer.json());
  if (!memos?.[0]) throw new Error(`a webhook was answered ${answer.status}, without a memo`);
  return memos[0];
}

function post(path: string, body: string, headers: Record<string, string>): Promise<Response> {
  return fetch(bridge.url + path, { method: 'POST', headers, body });
}

async function reaches(id: string, state: string): Promise<void> {
  let last = '';
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    const headers = { authorization: `Bearer ${apiKeyOf(settings)}` };
    const row = Object(await (await fetch(`${bridge.url}/memos/${id}`, { headers })).json());
    if (row.state === state) return;
    last = `${row.state}: ${row.reason}`;
  }
  throw new Error(`a memo never was ${state}, but ${last}`);
}

function answerWithAudio(request: http.IncomingMessage, response: http.ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://media');
  if (url.pathname === '/page.html') return void response.end('<!doctype html><title>Sign in</title>');
  if (url.pathname === '/slow.mp3') return void response.writeHead(200).write(mp3Of(24).subarray(0, 100));
  const call = url.pathname.endsWith('.wav') ? floats : mp3Of(Number(url.searchParams.get('seconds')));
  response.writeHead(200, { 'content-length': call.length }).end(call);
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
