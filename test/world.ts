import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemoJson } from '../functions/http/response-schemas.ts';
import { startBridge } from '../local/bridge/bridge.ts';
import { type Listening, listen } from '../local/loopback/listen.ts';
import { readSettings } from '../local/settings.ts';
import { type ScriptedLinq, scriptedLinq } from './scripted-linq.ts';
import { engines, type WorldCloud } from './servers/engines.ts';

/**
 * The real functions against the embedded cloud, a scripted Linq and a scripted media host, all over HTTP on loopback.
 * Each test file has one world: the functions read the environment when they are loaded.
 *
 * What these emulators do not check, and where a test covers each hole instead. `npm run test:engines` runs the same
 * tests on moto, whose own holes are in test/engines/moto-does-not.engines.ts; the roles of `npm run verify:deploy` are
 * in test/deploy/roles/.
 * - s3rver ignores If-None-Match: no key is ever written twice, see test/core/store/store-recording.test.ts
 * - s3rver does not check the signature of a listing (local/cloud/emulators/s3.ts says why): moto does, in the roles of
 *   `verify:deploy`
 * - s3rver answers 404 for an absent object to every caller: the roles of `verify:deploy` answer 403 to a caller that
 *   may not list
 * - s3rver keeps the first part of a PUT that broke off, and does not know AbortMultipartUpload: keys are per run, so
 *   no run reads that part; test/engines/beyond-emulators.engines.ts shows that the bridge aborts an upload
 * - s3rver has no EventBridge: local/cloud/object-events.ts stands in, with no policy and no upload in parts;
 *   test/engines/object-events.engines.ts shows the same with moto's, and test/infra/drops.test.ts the stack's rule and policy
 * - s3rver has no lifecycle: local/cloud/emulators/s3-lifecycle.ts stands in, and test/infra/aftercall.test.ts tests
 *   the stack's lifecycle
 * - dynalite returns no old item on a failed condition: the ledger reads again, see test/contracts/ledger.ts
 * - dynalite expires nothing (TTL), and fauxqs keeps all messages: test/adapters/ledger.dynamodb-rows.test.ts tests the
 *   expiry that is set
 * - fauxqs lets a message be hidden for more than twelve hours, and fails at a visibility of 0: consumer.sqs.test.ts
 *   bounds the first, and test/engines/beyond-emulators.engines.ts shows both
 * - fauxqs lets a queue be purged twice a minute: only tests purge
 * - none of the emulators checks rights: test/infra/lambda.test.ts, test/deploy/roles/rights.test.ts and the roles of
 *   `verify:deploy` do
 * - fauxqs delivers fewer messages of one FIFO group at once than SQS may: `npm run verify:deploy` gives batches to the
 *   functions
 * - whether AWS behaves like the emulators: `npm run test:aws`, in an account
 *
 * Holes of this world itself: it runs the sources, in one process, with no freeze, no time-out and no memory limit.
 * `npm run verify:deploy` runs the built functions under AWS's runtime client, with all three: docs/verify-deploy.md.
 */
export interface World {
  url: string;
  linq: ScriptedLinq;
  media: MediaHost;
  secrets: { standardWebhooks: string; twilio: string };
  post(path: string, signed: Signed): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }>;
  api(path: string, init?: RequestInit): Promise<Response>;
  memo(id: string): Promise<MemoJson>;
  /** Resolves when the memo is in one of the states; fails after forty seconds with the memo's row in the error. */
  reaches(id: string, ...states: MemoJson['state'][]): Promise<MemoJson>;
  cloud: WorldCloud;
  data: string;
  stop(): Promise<void>;
}

export interface Signed {
  body: string;
  headers: Record<string, string>;
}

export const API_KEY = 'the-key-of-this-world';
/** Long, because a busy machine is slow; a wait that succeeds early does not cost this time. */
const GIVE_UP_MS = 40_000;

export const startWorld = async (environment: Record<string, string> = {}, concurrency?: number): Promise<World> => {
  const data = mkdtempSync(join(tmpdir(), 'aftercall-world-'));
  const media = await mediaHost();
  const linq = await scriptedLinq();
  const secrets = {
    standardWebhooks: `whsec_${randomBytes(24).toString('base64')}`,
    twilio: randomBytes(16).toString('hex'),
  };
  Object.assign(process.env, {
    PORT: '0',
    AFTERCALL_DATA: data,
    AFTERCALL_API_KEY: API_KEY,
    AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
    AFTERCALL_DELIVERY: 'url',
    AFTERCALL_TIME_SCALE: engines().timeScale ?? '0.05',
    LINQ_API_V3_API_KEY: linq.key,
    LINQ_API_V3_BASE_URL: linq.url,
    STANDARD_WEBHOOKS_SECRET: secrets.standardWebhooks,
    TWILIO_AUTH_TOKEN: secrets.twilio,
    ...environment,
  });
  const cloud = await engines().world(data);
  const bridge = await startBridge(readSettings(process.env), cloud.cloud, undefined, concurrency);

  const api = (path: string, init: RequestInit = {}) =>
    fetch(bridge.url + path, { ...init, headers: { authorization: `Bearer ${API_KEY}`, ...init.headers } });
  const memo = async (id: string) => json<MemoJson>(await api(`/memos/${id}`));
  return {
    url: bridge.url,
    linq,
    media,
    secrets,
    data,
    cloud,
    api,
    memo,
    async post(path, signed) {
      const answer = await fetch(bridge.url + path, { method: 'POST', ...signed });
      return { status: answer.status, body: await json(answer), headers: answer.headers };
    },
    async reaches(id, ...states) {
      const seen = await until(async () => {
        const row = await memo(id);
        return states.includes(row.state) ? row : undefined;
      });
      if (seen) return seen;
      throw new Error(`${id} never was ${states.join(' or ')}: ${JSON.stringify(await memo(id))}`);
    },
    async stop() {
      await bridge.stop();
      await cloud.stopAll();
      await linq.stop();
      await media.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
};

/** An answer of the bridge as JSON: the test is about its shape, so the test gives the type. */
export const json = async <T = Record<string, unknown>>(answer: Response): Promise<T> => (await answer.json()) as T;

/** Checks every 20 ms, for forty seconds by default. */
export const until = async <T>(
  look: () => Promise<T | undefined> | T | undefined,
  giveUpMs = GIVE_UP_MS,
): Promise<T | undefined> => {
  for (const end = Date.now() + giveUpMs; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const seen = await look();
    if (seen) return seen;
  }
  return undefined;
};

export interface MediaHost extends Listening {
  /** Serves a body at a new URL, with any query, and returns the URL. A function answers the request itself. */
  serve(body: Uint8Array | http.RequestListener, type?: string): string;
  hits: { path: string; headers: http.IncomingHttpHeaders }[];
}

export const mediaHost = async (): Promise<MediaHost> => {
  const served = new Map<string, http.RequestListener>();
  const hits: MediaHost['hits'] = [];
  const server = http.createServer((request, response) => {
    hits.push({ path: request.url ?? '', headers: request.headers });
    const answer = served.get((request.url ?? '').replace(/\?.*/, ''));
    if (answer) return answer(request, response);
    response.writeHead(404).end('<Error>RecordingNotFound</Error>');
  });
  const host = await listen(server, 0);
  return {
    ...host,
    hits,
    serve(body, type = 'audio/x-wav') {
      const path = `/recordings/${randomUUID()}`;
      const plain: http.RequestListener = (_request, response) => {
        const bytes = body as Uint8Array; // the code below handles the other half of the union
        response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes);
      };
      served.set(path, typeof body === 'function' ? body : plain);
      return host.url + path;
    },
  };
};

/** A playable WAV, 8 kHz, 16 bits, mono: a tone whose pitch identifies the call. */
export const wav = (seconds: number, pitchHz = 220): Buffer => {
  const samples = Math.round(seconds * 8000);
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8000, 24);
  file.writeUInt32LE(16000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples * 2, 40);
  for (let n = 0; n < samples; n += 1) {
    file.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * pitchHz * n) / 8000)), 44 + n * 2);
  }
  return file;
};

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const standardWebhook = (secret: string, data: Record<string, unknown>, at = Date.now()): Signed => {
  const body = JSON.stringify({ type: 'recording.completed', timestamp: new Date(at).toISOString(), data });
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(at / 1000));
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
  };
};

export const twilioWebhook = (token: string, url: string, form: Record<string, string>): Signed => {
  const sorted = Object.keys(form).sort();
  const signature = createHmac('sha1', token)
    .update(url + sorted.map((name) => name + form[name]).join(''))
    .digest('base64');
  return {
    body: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
  };
};
