import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { startBridge } from '../local/bridge/bridge.ts';
import { readCloud } from '../local/cloud/cloud-file.ts';
import { readSettings } from '../local/settings.ts';
import { CHAT, fillLedger } from '../test/full-ledger.ts';
import { quantile } from './bridge.ts';

// How fast the page shows the memos of a full ledger, and how many rows it reads. Cloud and bridge run as processes of
// their own, as with `npm start`. DynamoDB counts the rows afterwards, with the functions in this process.
const ROWS = Number(process.env.ROWS ?? 100_000);
const LOOKS = Number(process.env.LOOKS ?? 40);
/** The number of bridges; each gives the time of one first request. */
const FIRSTS = 5;
const KEY = 'bench-api-key';
const VIEWS: Readonly<Record<string, string>> = {
  'all memos': '/',
  'all, what is new': '/?fragment=1',
  'by state': '/?state=failed',
  'by source': '/?source=twilio',
  'by call': '/?q=call-77',
  'by memo': '/?q=MEMO',
  'state and source': '/?state=failed&source=zoom-phone',
  'of a chat': `/?q=${CHAT}`,
  'state and source, none fits': '/?state=failed&source=twilio',
};

const data = mkdtempSync(join(tmpdir(), 'aftercall-bench-'));
const environment = {
  PORT: '0',
  AFTERCALL_DATA: data,
  AFTERCALL_API_KEY: KEY,
  POWERTOOLS_LOG_LEVEL: 'CRITICAL',
  PUBLIC_URL: '',
  LINQ_API_V3_API_KEY: '',
  LINQ_API_V3_BASE_URL: '',
};
Object.assign(process.env, environment);
const children: ChildProcess[] = [];
try {
  await bench();
} finally {
  for (const child of children) child.kill('SIGTERM');
  rmSync(data, { recursive: true, force: true });
}
process.exit();

async function bench() {
  const begun = performance.now();
  await fillLedger(join(data, 'dynamodb'), ROWS);
  console.log(`${ROWS.toLocaleString('en')} memos written in ${((performance.now() - begun) / 1000).toFixed(0)} s`);

  await start('cloud-process.ts');
  const firsts: number[] = [];
  let cookie = '';
  for (let n = 0; n < FIRSTS; n += 1) {
    const bridge = await start('bridge-process.ts', 'api');
    // The session outlives its bridge, so the first request to each later bridge is for the page, without a sign-in.
    if (cookie) firsts.push(await timed(bridge.url, '/', cookie));
    else cookie = await signIn(bridge.url);
    await bridge.stop();
  }
  console.log(`the first page of ${firsts.length} new processes: ${firsts.map((ms) => ms.toFixed(0)).join(', ')} ms`);

  const bridge = await start('bridge-process.ts', 'api');
  for (const [view, path] of Object.entries(await views(bridge.url, cookie))) {
    const times: number[] = [];
    for (let look = 0; look < LOOKS; look += 1) times.push(await timed(bridge.url, path, cookie));
    const [first = Number.NaN] = times;
    const [p50, p95] = [0.5, 0.95].map((part) => quantile(times, part).toFixed(0));
    console.log(`${view.padEnd(28)} first ${first.toFixed(0).padStart(4)} ms, p50 ${p50} ms, p95 ${p95} ms`);
  }
  await bridge.stop();
  await countRows(cookie);
}

/** Counts what each view reads: first with everything at a glance, then without. DynamoDB reports it for each query. */
async function countRows(cookie: string) {
  const cloud = readCloud(data);
  if (!cloud) throw new Error('there is no cloud');
  const asked = counting();
  const bridge = await startBridge(readSettings(process.env), cloud, ['api']);
  await timed(bridge.url, '/', cookie);
  console.log(`at a glance and the first page: ${said(asked.splice(0))}`);
  for (const [view, path] of Object.entries(await views(bridge.url, cookie))) {
    await timed(bridge.url, '/', cookie); // the figures at a glance are cached for seconds
    asked.length = 0;
    await timed(bridge.url, path, cookie);
    console.log(`${view.padEnd(28)} ${said(asked.splice(0))}`);
  }
  await bridge.stop();
}

interface Asked {
  index: string;
  returned: number;
  scanned: number;
  units: number;
}

/** Makes every query of this process report its cost. */
function counting(): Asked[] {
  const asked: Asked[] = [];
  const client = DynamoDBDocumentClient.prototype;
  const send = client.send as (...given: unknown[]) => Promise<unknown>;
  client.send = async function (this: DynamoDBDocumentClient, ...given: unknown[]) {
    const [command] = given;
    if (!(command instanceof QueryCommand)) return send.apply(this, given);
    command.input.ReturnConsumedCapacity = 'TOTAL';
    const output = await send.apply(this, given);
    const { Count = 0, ScannedCount = 0, ConsumedCapacity } = Object(output);
    asked.push({
      index: command.input.IndexName ?? '',
      returned: Count,
      scanned: ScannedCount,
      units: ConsumedCapacity?.CapacityUnits ?? 0,
    });
    return output;
  } as typeof client.send;
  return asked;
}

function said(asked: readonly Asked[]): string {
  const sum = (field: 'returned' | 'scanned' | 'units') => asked.reduce((total, query) => total + query[field], 0);
  return `${asked.length} queries, ${sum('scanned')} rows read, ${sum('returned')} returned, ${sum('units')} read units`;
}

/** The views, with the id of an existing memo. */
async function views(url: string, cookie: string): Promise<Record<string, string>> {
  const page = await (await fetch(`${url}/`, { headers: { cookie } })).text();
  const [, memo = ''] = /id="(m_[a-z2-7]+)"/.exec(page) ?? [];
  return Object.fromEntries(Object.entries(VIEWS).map(([view, path]) => [view, path.replace('MEMO', memo)]));
}

async function timed(url: string, path: string, cookie: string): Promise<number> {
  const begun = performance.now();
  const answer = await fetch(url + path, { headers: { cookie } });
  const text = await answer.text();
  const ms = performance.now() - begun;
  if (answer.status !== 200 || !text.includes('id="memos"')) throw new Error(`${path}: ${answer.status}`);
  return ms;
}

async function signIn(url: string): Promise<string> {
  const body = new URLSearchParams({ key: KEY });
  const headers = { origin: url };
  const answer = await fetch(`${url}/sign-in`, { method: 'POST', body, headers, redirect: 'manual' });
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

/** Starts a process of the local bridge, and waits until it is ready. */
async function start(file: string, ...args: string[]): Promise<{ url: string; stop(): Promise<unknown> }> {
  const env = { ...process.env, ...environment };
  const child = fork(new URL(`../local/${file}`, import.meta.url), args, { env, stdio: 'inherit' });
  children.push(child);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const { url = '' } = await new Promise<{ url?: string }>((resolve, reject) => {
    child.once('message', (message) => resolve(Object(message)));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return {
    url,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
