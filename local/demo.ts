import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { startBridge } from './bridge/bridge.ts';
import { signInLink } from './bridge/start-up-lines.ts';
import { startCloud } from './cloud/cloud.ts';
import { type Cloud, urlOf } from './cloud/cloud-file.ts';
import { deliveredSchema, droppedSchema } from './delivered.ts';
import { listen } from './loopback/listen.ts';
import { localS3, putObject } from './put-object.ts';
import { apiKeyOf, readSettings } from './settings.ts';

// One call, from the webhook to the bubble, on this machine only: nothing leaves the machine, whatever keys are set.
const CALL = readFileSync(new URL('sample/call.mp3', import.meta.url));
const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const GIVE_UP_MS = 30_000;

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const dim = (text: string) => (colour ? `\x1b[2m${text}\x1b[0m` : text);
const green = (text: string) => (colour ? `\x1b[32m${text}\x1b[0m` : text);

const rowSchema = z.object({
  attempts: z.number(),
  audio: z.object({ type: z.string(), bytes: z.number() }).optional(),
  history: z.array(z.object({ state: z.string() })),
});
const messagesSchema = z.object({
  messages: z.array(z.object({ parts: z.array(z.object({ filename: z.string(), url: z.string() })) })),
});

type Watch = ReturnType<typeof watch>;

let mark = performance.now();
/** Prints one stage, with the milliseconds since the stage before it. */
const step = (name: string, facts = '') => {
  const ms = Math.round(performance.now() - mark);
  mark = performance.now();
  console.log(`${green('✓')} ${name.padEnd(46)}${String(ms).padStart(6)} ms  ${dim(facts)}`);
};

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
  const phone = await callSystem();
  const { source, sign } = await delivery();
  const { settings, cloud, bridge } = await startAll(phone.url, sign('http://127.0.0.1', phone.url).secrets);

  const hookUrl = `${bridge.url}/hooks/${source}?chat=${CHAT}`;
  const delivered = sign(hookUrl, `${phone.url}/call.mp3`);
  Object.assign(phone.answers, delivered.answers);
  const memo =
    'object' in delivered
      ? await dropObject(source, delivered.object, cloud, { url: bridge.url, apiKey: apiKeyOf(settings) })
      : await sendWebhook(source, hookUrl, delivered);
  const { reached, row } = watch(memo, bridge.url, apiKeyOf(settings));
  await followUntilSent(reached, row);

  const sandbox = urlOf(cloud, 'sandbox');
  await compareWithCall(memo, sandbox, cloud.sandboxKey);
  await reached('delivered');
  step('the signed receipt has come: delivered', 'POST /linq');

  console.log(`\nHear it:       ${sandbox}/sandbox/${CHAT}`);
  console.log(`See the page:  ${signInLink(settings, bridge.url)}`);
  await anyKey();
}

/** Starts the local cloud, and a bridge that knows only this demo's call system and secrets. */
async function startAll(phoneUrl: string, secrets: Record<string, string>) {
  Object.assign(process.env, {
    PORT: '0',
    AFTERCALL_DATA: data,
    AFTERCALL_ALLOW_HOSTS: new URL(phoneUrl).host,
    AFTERCALL_DELIVERY: 'url',
    ...secrets,
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
  return { settings, cloud, bridge };
}

/** For a source without a hook: puts the call into its bucket. @returns the id of the memo that this becomes */
async function dropObject(
  source: string,
  object: z.infer<typeof droppedSchema>['object'],
  cloud: Cloud,
  { url, apiKey }: { url: string; apiKey: string },
): Promise<string> {
  await putObject(localS3(cloud), object, CALL);
  step(`${source}: a new object in a bucket`, `s3://${object.bucket}/${object.key}`);
  const memo = await until('the object has become a memo', async () => {
    const answer = await fetch(`${url}/memos?source=${source}`, { headers: { authorization: `Bearer ${apiKey}` } });
    return z.object({ memos: z.array(z.object({ id: z.string() })) }).parse(await answer.json()).memos[0]?.id;
  });
  step('its event came; who called whom is known', memo);
  return memo;
}

/** @returns the id of the memo that the answer names */
async function sendWebhook(source: string, hookUrl: string, signed: z.infer<typeof deliveredSchema>): Promise<string> {
  const { method, headers, body } = signed;
  const accepted = await fetch(hookUrl, { method, headers, body });
  const [memo] = z.object({ memos: z.array(z.string()) }).parse(await accepted.json()).memos;
  if (!memo) throw new Error(`the webhook was answered ${accepted.status}`);
  step(`${source}: signed webhook → ${accepted.status}, in SQS`, memo);
  return memo;
}

function watch(memo: string, bridgeUrl: string, apiKey: string) {
  const row = async () => {
    const answer = await fetch(`${bridgeUrl}/memos/${memo}`, { headers: { authorization: `Bearer ${apiKey}` } });
    return answer.ok ? rowSchema.parse(await answer.json()) : undefined;
  };
  const reached = (state: string) =>
    until(`the memo is ${state}`, async () => (await row())?.history.some((entry) => entry.state === state));
  return { row, reached };
}

async function followUntilSent(reached: Watch['reached'], row: Watch['row']): Promise<void> {
  await reached('stored');
  const audio = (await row())?.audio;
  step('the recording is fetched, checked and in S3', `${audio?.type}, ${audio?.bytes.toLocaleString('en')} bytes`);
  await reached('sending');
  step('a presigned URL is minted, Linq is asked', 'POST /v3/chats/{chatId}/voicememo');
  await reached('sent');
  step('Linq has fetched the URL and taken the memo', `attempt ${(await row())?.attempts}`);
}

/** @throws Error if the audio in the chat is not the call's audio */
async function compareWithCall(memo: string, sandbox: string, key: string): Promise<void> {
  const message = await until('the chat shows it', async () =>
    (await messages(sandbox, key)).find(({ parts }) => parts[0]?.filename.startsWith(memo)),
  );
  step('the chat shows the memo', message.parts[0]?.filename);
  const heard = Buffer.from(await (await fetch(message.parts[0]?.url ?? '')).arrayBuffer());
  if (!heard.equals(CALL)) throw new Error('the memo in the chat is not the audio of the call');
  step('same audio, byte for byte', `sha256 ${createHash('sha256').update(heard).digest('hex').slice(0, 16)}…`);
}

/** Waits for a key on a terminal; returns at once elsewhere. */
async function anyKey(): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  console.log(dim('Any key ends the demo.'));
  process.stdin.setRawMode(true);
  await new Promise((resolve) => process.stdin.once('data', resolve));
  process.stdin.setRawMode(false);
}

/** A call system's media host with one recording, and its API for events that do not have all facts. */
async function callSystem() {
  const answers: Record<string, unknown> = {};
  const server = http.createServer((request, response) => {
    const answer = answers[new URL(request.url ?? '/', 'http://phone').pathname];
    if (answer) return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': CALL.length });
    response.end(CALL);
  });
  const host = await listen(server, 0);
  stops.push(host.stop);
  return { ...host, answers };
}

/** The good event of the source's fixtures, signed now and for this bridge. */
async function delivery() {
  const at = process.argv.indexOf('--source');
  const source = at < 0 ? 'standard-webhooks' : (process.argv[at + 1] ?? '');
  const fixture = new URL(`./senders/${source}.ts`, import.meta.url);
  if (!/^[\w-]+$/.test(source) || !existsSync(fixture)) throw new Error(`there is no source ${source}`);
  const { deliver } = await import(fixture.href);
  const facts = { nowSeconds: Math.floor(Date.now() / 1000), id: randomBytes(16).toString('hex') };
  return {
    source,
    sign: (hookUrl: string, recordingUrl: string) =>
      z.union([droppedSchema, deliveredSchema]).parse(deliver({ hookUrl, recordingUrl, ...facts })),
  };
}

async function messages(sandbox: string, key: string) {
  const answer = await fetch(`${sandbox}/v3/chats/${CHAT}/messages`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return messagesSchema.parse(await answer.json()).messages;
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + GIVE_UP_MS; Date.now() < end; ) {
    const seen = await look();
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`given up waiting until ${what}; the lines above say what failed`);
}
