import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { startBridge } from './bridge/bridge.ts';
import { startCloud } from './cloud/cloud.ts';
import { urlOf } from './cloud/cloud-file.ts';
import { CALL, startCallSystem } from './demo/call-system.ts';
import { type Deliver, deliveryOf, playable } from './demo/deliveries.ts';
import { audioInChat, until, watch } from './demo/watch.ts';
import { localS3, putObject } from './put-object.ts';
import { apiKeyOf, readSettings } from './settings.ts';
import { signInLink } from './sign-in-link.ts';

// A call, from the webhook to the bubble, on this machine only: nothing leaves the machine, whatever keys are set.
const CHAT = '550e8400-e29b-41d4-a716-446655440000';

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const dim = (text: string) => (colour ? `\x1b[2m${text}\x1b[0m` : text);
const green = (text: string) => (colour ? `\x1b[32m${text}\x1b[0m` : text);

let mark = performance.now();
/** Prints one stage, with the milliseconds since the stage before it. */
const step = (name: string, facts = '') => {
  const ms = Math.round(performance.now() - mark);
  mark = performance.now();
  console.log(`${green('✓')} ${name.padEnd(46)}${String(ms).padStart(6)} ms  ${dim(facts)}`);
};

type Demo = Awaited<ReturnType<typeof startAll>>;

const data = await mkdtemp(join(tmpdir(), 'aftercall-demo-'));
const stops: (() => Promise<unknown>)[] = [];
try {
  await demo();
} catch (error) {
  console.error(`\n✗ ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  for (const stop of stops.reverse()) await stop();
  rmSync(data, { recursive: true, force: true });
}
process.exit();

async function demo() {
  console.log('\nAftercall: when the call ends, the memo arrives.\n');
  const at = process.argv.indexOf('--source');
  const wanted = at < 0 ? 'standard-webhooks' : (process.argv[at + 1] ?? '');
  const names = wanted === 'all' ? playable : [wanted];
  const deliveries = new Map<string, Deliver>();
  for (const name of names) deliveries.set(name, await deliveryOf(name));

  const running = await startAll([...deliveries.values()]);
  for (const [source, deliver] of deliveries)
    await (wanted === 'all' ? playBriefly(source, deliver, running) : play(source, deliver, running));

  console.log(`\nHear it:       ${running.sandbox}/sandbox/${CHAT}`);
  console.log(`See the page:  ${signInLink(running.settings, running.bridge.url)}`);
  await anyKey();
}

/** Starts the local cloud, and a bridge that knows only this demo's call system and secrets. */
async function startAll(deliveries: Deliver[]) {
  const phone = await startCallSystem();
  stops.push(phone.stop);
  Object.assign(process.env, {
    PORT: '0',
    AFTERCALL_DATA: data,
    AFTERCALL_ALLOW_HOSTS: new URL(phone.url).host,
    AFTERCALL_DELIVERY: 'url',
    ...Object.assign({}, ...deliveries.map((deliver) => deliver('http://127.0.0.1', phone.url).secrets)),
    POWERTOOLS_LOG_LEVEL: 'ERROR',
  });
  for (const name of ['PUBLIC_URL', 'LINQ_API_V3_API_KEY', 'LINQ_API_V3_BASE_URL', 'AFTERCALL_API_KEY'])
    delete process.env[name];
  const settings = readSettings(process.env);
  const { cloud, stopAll } = await startCloud(data);
  stops.push(stopAll);
  step('S3, SQS, DynamoDB and a Linq sandbox are up', 'on this machine, no account');
  const bridge = await startBridge(settings, cloud);
  stops.push(bridge.stop);
  step('receive, store, send, api and tend are up', bridge.url);
  return { phone, settings, cloud, bridge, sandbox: urlOf(cloud, 'sandbox'), apiKey: apiKeyOf(settings) };
}

/** Plays one call, a line for each stage. */
async function play(source: string, deliver: Deliver, running: Demo): Promise<void> {
  const call = await end(source, deliver, running);
  if (call.object) step(`${source}: a new object in a bucket`, `s3://${call.object.bucket}/${call.object.key}`);
  const memo = await call.memo();
  step(call.object ? 'its event came; who called whom is known' : `${source}: signed webhook → 200, in SQS`, memo);

  const { reached, row } = watch(memo, running.bridge.url, running.apiKey);
  await reached('stored');
  const audio = (await row())?.audio;
  step('the recording is fetched, checked and in S3', `${audio?.type}, ${audio?.bytes.toLocaleString('en')} bytes`);
  await reached('sending');
  step('a presigned URL is minted, Linq is asked', 'POST /v3/chats/{chatId}/voicememo');
  await reached('sent');
  step('Linq has fetched the URL and taken the memo', `attempt ${(await row())?.attempts}`);
  const { filename, digest } = await compareWithCall(memo, running);
  step('the chat shows the memo', filename);
  step('same audio, byte for byte', `sha256 ${digest}`);
  await reached('delivered');
  step('the signed receipt has come: delivered', 'POST /linq');
}

/** Plays one call, in one line. */
async function playBriefly(source: string, deliver: Deliver, running: Demo): Promise<void> {
  const call = await end(source, deliver, running);
  const memo = await call.memo();
  await watch(memo, running.bridge.url, running.apiKey).reached('delivered');
  const { filename } = await compareWithCall(memo, running);
  step(`${source}: delivered, same audio`, filename);
}

/** Ends a call: the call system posts its webhook, or puts the recording into its bucket. */
async function end(source: string, deliver: Deliver, running: Demo) {
  const { phone, bridge, cloud } = running;
  const hookUrl = `${bridge.url}/hooks/${source}?chat=${CHAT}`;
  const delivered = deliver(hookUrl, phone.recordingUrl);
  Object.assign(phone.answers, delivered.answers);
  if (!('object' in delivered)) {
    const { method, headers, body } = delivered;
    // A call system posts again after a 503, which a busy machine may answer.
    const answer = await until('the webhook is taken', async () => {
      const each = await fetch(hookUrl, { method, headers, body });
      return each.status === 503 ? undefined : each;
    });
    return { memo: () => memoOf(answer) };
  }
  const { object } = delivered;
  await putObject(localS3(cloud), object, CALL);
  return { object, memo: () => memoOfSource(source, running) };
}

/** @returns the id of the memo that the webhook's answer names */
async function memoOf(answer: Response): Promise<string> {
  const [memo] = z.object({ memos: z.array(z.string()) }).parse(await answer.json()).memos;
  if (!memo) throw new Error(`the webhook was answered ${answer.status}`);
  return memo;
}

/** @returns the id of the memo that a source without webhooks has made */
function memoOfSource(source: string, { bridge, apiKey }: Demo): Promise<string> {
  return until('the object has become a memo', async () => {
    const headers = { authorization: `Bearer ${apiKey}` };
    const answer = await fetch(`${bridge.url}/memos?source=${source}`, { headers });
    return z.object({ memos: z.array(z.object({ id: z.string() })) }).parse(await answer.json()).memos[0]?.id;
  });
}

/** @throws Error if the audio in the chat is not the call's audio */
async function compareWithCall(memo: string, { sandbox, cloud }: Demo) {
  const { filename, bytes } = await audioInChat(memo, CHAT, sandbox, cloud.sandboxKey);
  if (!bytes.equals(CALL)) throw new Error('the memo in the chat is not the audio of the call');
  return { filename, digest: `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}…` };
}

/** Waits for a key on a terminal; returns at once elsewhere. */
async function anyKey(): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  console.log(dim('Any key ends the demo.'));
  process.stdin.setRawMode(true);
  await new Promise((resolve) => process.stdin.once('data', resolve));
  process.stdin.setRawMode(false);
}
