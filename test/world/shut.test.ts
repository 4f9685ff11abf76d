import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PARTS } from '../../local/cloud/cloud-file.ts';
import { newCredentials } from '../../local/cloud/credentials.ts';
import { BUCKET, QUEUES, queueUrl, TABLE } from '../../local/cloud/resources.ts';
import { type Listening, listen } from '../../local/loopback/listen.ts';
import { hasChromium, launchChromium } from '../browser.ts';
import { API_KEY, standardWebhook, startWorld, type World, wav } from '../world.ts';
import { type Asked, ask, SERVERS, serversOf, signedWith } from './shut-servers.ts';

// No server of a laptop serves a web page, a neighbour on this machine, or a name that resolves to this machine.

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.stop());
const servers = () => serversOf(world);

describe.each(SERVERS)('%s', (name) => {
  const server = () => servers()[name];
  const with_ = (headers: Record<string, string>): Asked => {
    const { good } = server();
    return { ...good, headers: { ...good.headers, ...headers } };
  };

  test('answers whoever has its key', async () => {
    expect((await ask(server().url, server().good)).status).toBe(200);
  });

  test.each(['localhost', '[::1]'])('answers to the name %s', async (host) => {
    const { port } = new URL(server().url);
    expect((await ask(server().url, with_({ host: `${host}:${port}` }))).status).toBe(200);
  });

  test.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.0.0.2',
    ':80',
    'evil.example:80',
  ])('refuses the Host "%s"', async (host) => {
    const answer = await ask(server().url, with_({ host }));
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('answers only to the names');
  });

  test.each([
    ['100-continue', { expect: '100-continue' }],
    ['an upgrade', { connection: 'Upgrade', upgrade: 'websocket' }],
    ['an upgrade to HTTP/2', { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }],
  ])('has no way in beside its guard: %s', async (_title, headers) => {
    const answer = await ask(server().url, with_({ ...headers, host: 'evil.example' }));
    expect(answer.status).toBe(403);
  });

  test('refuses a target that names another host', async () => {
    const { good, url } = server();
    const asked = { ...good, path: `http://evil.example${'path' in good ? good.path : '/'}` };
    expect((await ask(url, asked)).status).toBe(403);
  });

  test('allows no other origin anything', async () => {
    const { good, url } = server();
    const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
    for (const origin of ['http://evil.example', 'null', world.url.replace('127.0.0.1', 'localhost')]) {
      const answers = [
        await ask(url, with_({ origin })),
        await ask(url, { ...good, method: 'OPTIONS', headers: { origin, ...preflight } }),
      ];
      for (const { headers } of answers) {
        expect(Object.keys(headers).filter((each) => each.startsWith('access-control-'))).toEqual([]);
      }
    }
  });
});

describe.each(PARTS)('%s', (name) => {
  test.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('refuses what bears %o', async (headers) => {
    const { good, url } = servers()[name];
    const answer = await ask(url, { ...good, headers: { ...good.headers, ...headers } });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('web page');
  });

  test.each([
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('takes no post of %s', async (type) => {
    const { good, url } = servers()[name];
    const answer = await ask(url, { ...good, method: 'POST', headers: { ...good.headers, 'content-type': type } });
    expect(answer.status).toBe(403);
  });
});

describe.each(['s3', 'sqs', 'dynamodb'] as const)('%s', (name) => {
  test('refuses a key of another data folder, the keys that the emulators are known for, and none', async () => {
    const { good, url } = servers()[name];
    const others = ['S3RVER', 'test', '', newCredentials().accessKeyId].map((key) => signedWith(key, name));
    const { accessKeyId } = world.cloud.cloud.credentials;
    for (const authorization of [...others, `AWS ${accessKeyId}:sig`, `Bearer ${accessKeyId}`, '']) {
      const answer = await ask(url, { ...good, headers: { ...good.headers, authorization } });
      expect([authorization, answer.status]).toEqual([authorization, 403]);
    }
  });
});

test.each([
  ['no algorithm', (key: string) => `X-Amz-Signature=0&X-Amz-Credential=${key}%2Fx`],
  ['no signature', (key: string) => `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${key}%2Fx`],
  [
    'two of a kind',
    (key: string) => `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&X-Amz-Signature=0&X-Amz-Credential=${key}%2Fx`,
  ],
  ['the older scheme', (key: string) => `AWSAccessKeyId=${key}&Signature=x&Expires=9999999999`],
  [
    'a made-up signature',
    (key: string) =>
      `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${'0'.repeat(64)}&X-Amz-Credential=${key}%2F20261130%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20261130T110000Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host`,
  ],
])('S3 gives no object for a presigned URL with %s, though its key is right', async (_what, query) => {
  const { s3 } = servers();
  const path = `/${BUCKET}/inbox/x?${query(world.cloud.cloud.credentials.accessKeyId)}`;
  expect((await ask(s3.url, { path })).status).toBe(403);
});

test('SQS alone is on the port of SQS: no SNS, no S3, no STS, and nothing to look into queues with', async () => {
  const { sqs, json } = servers();
  const form = (action: string) => ({
    ...json('AmazonSQS.X', {}),
    headers: { ...json('', {}).headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: `Action=${action}&Name=x`,
  });
  const asked: Asked[] = [
    form('CreateTopic'),
    form('GetCallerIdentity'),
    json('AmazonSNS.CreateTopic', {}),
    { ...json('AmazonSQS.ListQueues', {}), path: '/?Action=CreateTopic' },
    { ...json('AmazonSQS.ListQueues', {}), method: 'PUT', path: '/bucket' },
    { path: '/_fauxqs/queues', headers: json('', {}).headers ?? {} },
    { path: '/health', headers: json('', {}).headers ?? {} },
  ];
  for (const each of asked) expect([each.path, (await ask(sqs.url, each)).status]).toEqual([each.path, 403]);
});

test('hooks answer to any name, since a tunnel may give them one, and check the signature', async () => {
  const { body, headers } = standardWebhook(world.secrets.standardWebhooks, {
    id: 'r1',
    recording_url: 'https://127.0.0.1/a.wav',
  });
  const asked = {
    method: 'POST',
    path: '/hooks/standard-webhooks',
    headers: { ...headers, host: 'tunnel.example' },
    body,
  };
  expect((await ask(world.url, asked)).status).toBe(200);
  expect((await ask(world.url, { ...asked, body: '{}' })).status).toBe(401);
  expect((await ask(world.url, { ...asked, path: '/linq' })).status).toBe(401);
  expect((await ask(world.url, { ...asked, path: '/linqs' })).status).toBe(403);
});

test('guesses at the API key are slowed, and whoever has the key is not', async () => {
  const guess = (key: string) => ask(world.url, { path: '/memos', headers: { authorization: `Bearer ${key}` } });
  const startMs = performance.now();
  for (let guesses = 0; guesses < 4; guesses += 1) expect((await guess(`guess-${guesses}`)).status).toBe(401);
  expect(performance.now() - startMs).toBeGreaterThan(100 + 200 + 400 + 800 - 50);

  const flood = Array.from({ length: 20 }, (_, at) => guess(`flood-${at}`));
  const first = await Promise.race([...flood, guess(API_KEY)]);
  expect(first.status).toBe(200);
  await Promise.all(flood);
});

test('the data folder and its keys are the user’s alone', async () => {
  const mode = (path: string) => statSync(join(world.data, path)).mode & 0o777;
  expect(['', ...PARTS].map(mode)).toEqual([0o700, 0o700, 0o700, 0o700, 0o700]);
  expect(mode('cloud.json')).toBe(0o600);
  expect(await readdir(world.data)).not.toContain('cloud.json.new');
});

describe.skipIf(!hasChromium)('a page of another origin in a real browser', () => {
  let browser: Browser;
  let evil: Listening;
  beforeAll(async () => {
    browser = await launchChromium();
    const server = http.createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>evil</title>'),
    );
    evil = await listen(server, 0, () => undefined);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await evil?.stop();
  });

  /** Runs in the page; returns what the page could read, or why it could not. */
  const TRY = `async ({ url, init }) => {
    try {
      const answer = await fetch(url, init);
      return answer.type === 'opaque' ? 'opaque' : answer.status + ' ' + (await answer.text());
    } catch (error) {
      return 'refused';
    }
  }`;

  const CHAT = '550e8400-e29b-41d4-a716-446655440000';

  test('reads nothing, and has nothing done', async () => {
    const page = await browser.newPage();
    await page.goto(evil.url.replace('127.0.0.1', 'localhost'));
    const all = servers();
    const attempt = (url: string, init: object = {}): Promise<string> =>
      page.evaluate(`(${TRY})(${JSON.stringify({ url, init })})`);
    for (const each of SERVERS) {
      expect([each, await attempt(all[each].url)]).toEqual([each, 'refused']);
      expect([each, await attempt(`${all[each].url}/sandbox`)]).toEqual([each, 'refused']);
    }
    const dynamodb = all.json('DynamoDB_20120810.Scan', { TableName: TABLE });
    expect(await attempt(all.dynamodb.url, dynamodb)).toBe('refused');
    const receive = { QueueUrl: queueUrl(all.sqs.url, QUEUES.recordings) };
    expect(await attempt(all.sqs.url, all.json('AmazonSQS.ReceiveMessage', receive))).toBe('refused');
    const memos = { headers: { authorization: `Bearer ${API_KEY}` } };
    expect(await attempt(`${world.url}/memos`, memos)).toBe('refused');

    // A browser sends forms without asking the server: with these three, SNS would queue a message of the page's own.
    const recording = { source: 'api', id: 'evil', media: { kind: 'url', url: world.media.serve(wav(1)) } };
    const job = { v: 1, recording, targets: [{ chat: CHAT }], receivedAt: new Date().toISOString() };
    const topic = 'arn:aws:sns:us-east-1:000000000000:t';
    const queue = `arn:aws:sqs:us-east-1:000000000000:${QUEUES.recordings}`;
    const raw = { 'Attributes.entry.1.key': 'RawMessageDelivery', 'Attributes.entry.1.value': 'true' };
    for (const form of [
      { Action: 'CreateTopic', Name: 't' },
      { Action: 'Subscribe', TopicArn: topic, Protocol: 'sqs', Endpoint: queue, ...raw },
      { Action: 'Publish', TopicArn: topic, Message: JSON.stringify(job) },
    ]) {
      const body = new URLSearchParams(form as Record<string, string>).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      expect(await attempt(all.sqs.url, { method: 'POST', mode: 'no-cors', headers, body })).toBe('opaque');
    }
    const good = { id: 'good', recording_url: world.media.serve(wav(2)) };
    const { body } = await world.post(
      `/hooks/standard-webhooks?chat=${CHAT}`,
      standardWebhook(world.secrets.standardWebhooks, good),
    );
    await world.reaches((body.memos as string[])[0] ?? '', 'sent'); // a cast: the answer of /hooks
    expect(world.media.hits.map(({ path }) => path)).toEqual([new URL(good.recording_url).pathname]);
    await page.close();
  });

  test('a page whose name is made to lead to a local server is told that the name is not the server’s', async () => {
    const rebound = await launchChromium(['--host-resolver-rules=MAP evil.example 127.0.0.1']);
    const there = await rebound.newPage();
    for (const each of SERVERS) {
      const { port } = new URL(servers()[each].url);
      const answer = await there.goto(`http://evil.example:${port}/sandbox`);
      expect([each, answer?.status()]).toEqual([each, 403]);
    }
    await rebound.close();
  });
});
