import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readCloud, urlOf } from '../../local/cloud/cloud-file.ts';
import { listen } from '../../local/loopback/listen.ts';
import { scriptedLinq } from '../scripted-linq.ts';
import { endGroup } from '../servers/end-group.ts';
import { sha256, standardWebhook, until, wav } from '../world.ts';

const SECRET = `whsec_${Buffer.from('the secret of these processes').toString('base64')}`;
const cleanUp: (() => Promise<unknown> | unknown)[] = [];
/** Deleted when no process is left: several may share a folder. */
const folders: string[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Runs `npm start` as a process group of its own, so that nothing of it outlives a failed test. */
const start = (environment: Record<string, string>, ...args: string[]) => {
  const data = environment.AFTERCALL_DATA ?? mkdtempSync(join(tmpdir(), 'aftercall-start-'));
  const { LINQ_API_V3_API_KEY: _key, LINQ_API_V3_BASE_URL: _base, ...inherited } = process.env;
  const child = spawn(process.execPath, ['local/start.ts', ...args], {
    detached: true,
    env: { ...inherited, AFTERCALL_DATA: data, STANDARD_WEBHOOKS_SECRET: SECRET, ...environment },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve)); // after the last output
  folders.push(data);
  cleanUp.push(() => endGroup(child));
  return { data, child, ended, output: () => output };
};

const freePort = async () => {
  const server = await listen(http.createServer(), 0);
  await server.stop();
  return server.port;
};

const answers = async (url: string): Promise<boolean> => (await fetch(url).catch(() => undefined)) !== undefined;
/** The port answers 503 before the functions are loaded. */
const isUp = (url: string) => until(async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok || undefined);

test('ten acknowledged calls survive a kill -9 in mid-download, and each makes one memo', async () => {
  const audio = wav(1);
  let holding = true;
  let asked = 0;
  const media = await listen(
    http.createServer((_request, response) => {
      asked += 1;
      response.writeHead(200, { 'content-length': audio.length });
      if (holding)
        response.write(audio.subarray(0, 100)); // the rest never comes
      else response.end(audio);
    }),
    0,
  );
  const linq = await scriptedLinq();
  cleanUp.push(media.stop, linq.stop);
  const url = `http://127.0.0.1:${await freePort()}`;
  const { data } = start({
    PORT: new URL(url).port,
    AFTERCALL_DELIVERY: 'url',
    AFTERCALL_TIME_SCALE: '0.05',
    AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
    LINQ_API_V3_API_KEY: linq.key,
    LINQ_API_V3_BASE_URL: linq.url,
  });
  expect(await isUp(url)).toBe(true);

  const chats = Array.from({ length: 10 }, () => randomUUID());
  for (const chat of chats) {
    const signed = standardWebhook(SECRET, { id: `rec_${chat}`, recording_url: `${media.url}/${chat}.wav` });
    expect((await fetch(`${url}/hooks/standard-webhooks?chat=${chat}`, { method: 'POST', ...signed })).status).toBe(
      200,
    );
  }
  await until(() => (asked > 0 ? true : undefined));
  process.kill(Number(readFileSync(join(data, 'bridge.pid'), 'utf8')), 'SIGKILL');
  holding = false;

  await until(() => (linq.sent.length >= chats.length ? true : undefined), 30_000);
  expect(linq.sent.map(({ chat }) => chat).sort()).toEqual([...chats].sort());
  expect(new Set(linq.sent.map(({ bytes }) => sha256(bytes)))).toEqual(new Set([sha256(audio)]));
}, 60_000);

test('without a key of Linq’s a memo is delivered and read by the sandbox’s signed receipts, though the bridge is killed', async () => {
  const audio = wav(1);
  const media = await listen(
    http.createServer((_request, response) => response.writeHead(200).end(audio)),
    0,
  );
  cleanUp.push(media.stop);
  const url = `http://127.0.0.1:${await freePort()}`;
  const { data, output } = start({
    PORT: new URL(url).port,
    AFTERCALL_API_KEY: 'the-key-of-this-test',
    AFTERCALL_TIME_SCALE: '0.05',
    AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
    LINQ_WEBHOOK_SECRET: '',
  });
  expect(await isUp(url)).toBe(true);
  const chat = randomUUID();
  const signed = standardWebhook(SECRET, { id: 'rec_1', recording_url: `${media.url}/a.wav` });
  const answer = await fetch(`${url}/hooks/standard-webhooks?chat=${chat}`, { method: 'POST', ...signed });
  const [memo] = Object(await answer.json()).memos;
  process.kill(Number(readFileSync(join(data, 'bridge.pid'), 'utf8')), 'SIGKILL');

  const states = async (): Promise<string[]> => {
    const row = await fetch(`${url}/memos/${memo}`, { headers: { authorization: 'Bearer the-key-of-this-test' } });
    return Object(await row.json()).history.map(({ state }: { state: string }) => state);
  };
  const has = (state: string) =>
    until(() =>
      states().then(
        (all) => all.includes(state) || undefined,
        () => undefined,
      ),
    );
  expect(await has('delivered')).toBe(true);
  const cloud = readCloud(data);
  const sandbox = cloud && urlOf(cloud, 'sandbox');
  expect((await fetch(`${sandbox}/sandbox/${chat}`)).status).toBe(200);
  expect(await has('read')).toBe(true);
  expect((await states()).slice(-3)).toEqual(['sent', 'delivered', 'read']);
  const { secret } = JSON.parse(readFileSync(join(data, 'sandbox-subscription.json'), 'utf8'));
  expect(output()).not.toContain(secret);
}, 60_000);

test('a bridge that is killed before it is ready is started again', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { data, output } = start({ PORT: new URL(url).port, AFTERCALL_API_KEY: 'the-key-of-this-test' });
  const pid = await until(() => {
    const path = join(data, 'bridge.pid'); // the file is written a moment before
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) || undefined : undefined;
  });
  process.kill(Number(pid), 'SIGKILL');
  expect(await until(() => output().includes('bridge ended (SIGKILL); starting it again'))).toBe(true);
  expect(await until(() => output().includes('Aftercall listens'))).toBe(true);
  expect(await isUp(url)).toBe(true);
});

test('SIGTERM ends every process; the next start finds the same memos', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const environment = { PORT: new URL(url).port, AFTERCALL_API_KEY: 'the-key-of-this-test' };
  const first = start(environment);
  expect(await isUp(url)).toBe(true);
  const signed = standardWebhook(SECRET, { id: 'rec_1', recording_url: 'https://127.0.0.1/a.wav' });
  const answer = await fetch(`${url}/hooks/standard-webhooks`, { method: 'POST', ...signed });
  const [memo] = Object(await answer.json()).memos;
  const rejected = async () => {
    const row = await fetch(`${url}/memos/${memo}`, { headers: { authorization: 'Bearer the-key-of-this-test' } });
    return Object(await row.json()).state === 'rejected' ? true : undefined;
  };
  expect(await until(rejected)).toBe(true);

  const cloud = readCloud(first.data);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  const left = [
    url,
    ...(cloud ? (['s3', 'sqs', 'dynamodb', 'sandbox'] as const).map((part) => urlOf(cloud, part)) : []),
  ];
  expect(await Promise.all(left.map(answers))).toEqual([false, false, false, false, false]);

  start({ ...environment, AFTERCALL_DATA: first.data });
  expect(await isUp(url)).toBe(true);
  expect(await until(rejected)).toBe(true);
});

test('a configuration with mistakes is refused in one message that names them all, before anything listens', async () => {
  const { ended, output, data } = start({
    PORT: 'http',
    PUBLIC_URL: 'calls.example.com',
    AFTERCALL_ALLOW_HOSTS: 'nowhere',
  });
  expect(await ended).toBe(1);
  expect(output()).toContain('3 mistakes');
  for (const name of ['PORT', 'PUBLIC_URL', 'AFTERCALL_ALLOW_HOSTS']) expect(output()).toContain(`- ${name}: must be`);
  expect(readCloud(data)).toBeUndefined();
});

test('a port that is taken ends the start with a line that says so', async () => {
  const other = await listen(http.createServer(), 0);
  cleanUp.push(other.stop);
  const { ended, output } = start({ PORT: String(other.port) });
  expect(await ended).toBe(1);
  expect(output()).toContain(`PORT: ${other.port} is taken by another program`);
});

const TELNYX = randomBytes(32).toString('base64');

test('a source whose secret is absent is off, one whose secret can be none is wrong, and the first lines say so', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { output } = start({
    PORT: new URL(url).port,
    TWILIO_AUTH_TOKEN: '',
    TELNYX_PUBLIC_KEY: TELNYX,
    SVIX_SECRET: 'whsec_',
    RETELL_API_KEY: 'your-retell-key',
    ELEVENLABS_WEBHOOK_SECRET: 'wsec_4f1c8ad2b7e90356',
    ELEVENLABS_API_KEY: 'short',
  });
  expect(await until(() => (output().includes('the API key, made up') ? true : undefined))).toBe(true);
  expect(output()).toMatch(/off {2}\d+ sources: twilio, .*vapi/);
  expect(output()).toContain('hooks/telnyx  (to fetch recordings set TELNYX_API_KEY)');
  expect(output()).toContain('WRONG svix is off: SVIX_SECRET is too short to be a secret: 0 characters');
  expect(output()).toContain('WRONG retell is off: RETELL_API_KEY is a placeholder');
  expect(output()).toContain(
    `WRONG ${url}/hooks/elevenlabs takes webhooks, and its recordings cannot be fetched: ELEVENLABS_API_KEY is too short`,
  );
  expect(output()).not.toMatch(/on {3}\S+\/hooks\/(svix|retell|elevenlabs)/);
  expect(output()).toContain(`on   ${url}/hooks/standard-webhooks`);
  expect((await fetch(`${url}/hooks/twilio`, { method: 'POST' })).status).toBe(404);
});

test('each function and each part of the cloud starts alone', async () => {
  const data = mkdtempSync(join(tmpdir(), 'aftercall-alone-'));
  const port = String(await freePort());
  for (const part of ['s3', 'sqs', 'dynamodb', 'sandbox']) {
    const { output } = start({ AFTERCALL_DATA: data, PORT: port }, '--only', part);
    expect(await until(() => (output().includes(`${part} is up`) ? true : undefined)), part).toBe(true);
  }
  const up = ['receive', 'store', 'send', 'api', 'tend'].map((name) => {
    const { output } = start({ AFTERCALL_DATA: data, PORT: name === 'api' ? '0' : port }, '--only', name);
    return until(() => (output().includes(`${name} is up`) ? true : undefined), 30_000);
  });
  expect(await Promise.all(up)).toEqual([true, true, true, true, true]);
  const signed = standardWebhook(SECRET, { id: 'rec_1', recording_url: 'https://127.0.0.1/a.wav' });
  const answer = await fetch(`http://127.0.0.1:${port}/hooks/standard-webhooks`, { method: 'POST', ...signed });
  expect(answer.status).toBe(200);
}, 60_000);

test('every file of the data folder is the user’s alone, and the page and the API answer to PUBLIC_URL’s name and to loopback', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const folder = mkdtempSync(join(tmpdir(), 'aftercall-private-'));
  chmodSync(folder, 0o755); // as an earlier version left it
  const { data } = start({
    AFTERCALL_DATA: folder,
    PORT: new URL(url).port,
    AFTERCALL_API_KEY: '',
    PUBLIC_URL: 'https://Calls.example.com/at',
  });
  expect(await isUp(url)).toBe(true);
  const open = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(data, path)).isFile())
    .filter((path) => (statSync(join(data, path)).mode & 0o077) !== 0);
  expect(open).toEqual([]);
  expect(statSync(data).mode & 0o777).toBe(0o700);

  const statusFor = (host: string, path = '/health') =>
    new Promise((resolve) => http.get(url + path, { headers: { host } }, (answer) => resolve(answer.statusCode)));
  const names = ['calls.example.com', 'CALLS.example.com:443', 'localhost:1', 'evil.example', 'evil.calls.example.com'];
  expect(await Promise.all(names.map((name) => statusFor(name)))).toEqual([200, 200, 200, 403, 403]);
  const pages = ['/', '/sign-in', '/m/x', '/memos', '/openapi.json'];
  expect(await Promise.all(pages.map((path) => statusFor('evil.example', path)))).toEqual(pages.map(() => 403));
  expect(await statusFor('evil.example', '/hooks/nobody')).toBe(404);
});
