import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QUEUES, TABLE } from '../../local/cloud/resources.ts';
import { until, wav } from '../world.ts';
import { LINQ_ANSWERS } from './canary-linq.ts';
import { API_REQUESTS, postMemo, RECORDINGS, REFUSED } from './canary-requests.ts';
import {
  allowed,
  answers,
  ask,
  at,
  canaries,
  event,
  found,
  hook,
  logged,
  logs,
  only,
  planting,
  queued,
  SDK_WARNING,
  SOURCES,
  signed,
  startCanaryWorld,
  stopCanaryWorld,
  withKey,
  world,
} from './canary-world.ts';
import { plant as plantIn } from './world-queues.ts';

// Every secret, number and signature that the bridge gets is a canary, on every path: a good one, a bad one, and with
// each part of AWS away. Then the test searches everything that came out. Whole numbers may be in two places: in the
// `recordings` queue, because `store` routes by them, and in what `GET /memos` shows to the holder of the API key.

beforeAll(startCanaryWorld, 60_000);
afterAll(stopCanaryWorld);

describe('a source', () => {
  const post = async ({ name, deliver }: (typeof SOURCES)[number], recordingUrl: string) => {
    const path = hook(name, name);
    const { secrets: _secrets, ...init } = deliver(world.url + path, recordingUrl);
    return only(await ask(path, init));
  };

  test.each(SOURCES)('has its memo sent: $name', async (source) => {
    const id = await post(source, at(source.name));
    const state = source.isAtItsApi ? 'received' : 'sent';
    await world.reaches(id, state);
    await logs('receive', id);
    if (state === 'sent') await logs('send', id);
  });

  test.each(SOURCES.filter(({ name, api }) => api && name !== 'elevenlabs'))(
    'is asked for the recording with credentials, in vain: $name',
    async (source) => {
      const signature = canaries.text(`the recording's URL at the API, ${source.name}`);
      const id = await post(source, `https://${source.api}/r?X-Sig=${signature}`);
      const row = await until(async () => {
        const seen = await world.memo(id);
        return seen.reason ? seen : undefined;
      });
      expect(row?.reason).toMatch(/does not answer/);
    },
  );
});

describe('what is refused at the hook', () => {
  test.each(REFUSED)('%s: %i', async (what, status, make) => {
    const said = what === 'another method' ? undefined : logs('receive', 'refused');
    const answer = await ask(...make());
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining('"error"')]);
    await said;
  });

  test('an event for nobody: 200, and why', async () => {
    const body = JSON.stringify({ type: 'call.started', data: { from: canaries.number('an event for nobody') } });
    expect((await ask(hook('an event for nobody'), signed(body))).json).toEqual({ ignored: 'type call.started' });
  });

  test('no chat: kept, and unrouted', async () => {
    const id = only(await ask('/hooks/standard-webhooks', signed(event('no chat', at('no chat')))));
    await world.reaches(id, 'unrouted');
  });
});

describe('a recording', () => {
  test.each(RECORDINGS)('%s is %s', async (what, state, reason, url) => {
    const id = only(await ask(hook(what), signed(event(what, url()))));
    const row = await until(async () => {
      const seen = await world.memo(id);
      return seen.state === state && reason.test(seen.reason ?? '') ? seen : undefined;
    });
    expect([row?.state, row?.reason ?? '']).toEqual([state, expect.stringMatching(reason)]);
    await logs('receive', id);
  });
});

describe('Linq', () => {
  test.each(LINQ_ANSWERS)('%s: %s', async (what, state, script) => {
    const chat = randomUUID();
    script(chat);
    const id = only(await ask(hook(what, undefined, chat), signed(event(what, at(what)))));
    const row = await until(async () => {
      const seen = await world.memo(id);
      return seen.state === state && seen.attempts > 0 && (state !== 'stored' || seen.reason) ? seen : undefined;
    });
    expect(row ?? (await world.memo(id))).toMatchObject({ state });
    await logs('send', id);
  });
});

describe('the api', () => {
  test('makes memos of a URL with a signature and of a file', async () => {
    const chat = randomUUID();
    const byUrl = await postMemo(
      { chat, audio_url: at('POST /memos') },
      { 'idempotency-key': canaries.text('Idempotency-Key') },
    );
    await world.reaches(byUrl.json.id, 'sent');
    const audio = wav(0.6);
    const { json } = await postMemo({ chat, content_type: 'audio/wav', bytes: audio.length });
    await fetch(json.upload_url, { method: 'PUT', headers: { 'content-type': 'audio/wav' }, body: audio });
    await world.reaches(json.id, 'sent');
  });

  test.each(API_REQUESTS)('answers %s with %i', async (_what, status, asked) => {
    expect((await asked()).status).toBe(status);
  });
});

describe('away is', () => {
  const without = async (part: 'sqs' | 's3' | 'dynamodb', meanwhile: () => Promise<unknown>) => {
    await world.cloud.stop(part);
    await meanwhile();
    await world.cloud.start(part);
  };
  const called = (place: string, url: string, chat?: string) =>
    ask(hook(place, undefined, chat), signed(event(place, url)));
  const withItsAudio = () => {
    const path = hook('the inbox is away', 'elevenlabs');
    const { deliver } = SOURCES.find(({ name }) => name === 'elevenlabs') ?? expect.fail();
    const { secrets: _secrets, ...init } = deliver(world.url + path, '');
    return ask(path, init);
  };

  test.each([
    ['sqs', 'receive', () => called('sqs away', at('sqs away'))],
    ['s3', 'receive', withItsAudio],
    ['dynamodb', 'api', () => ask('/memos', withKey())],
  ] as const)('%s at %s: 503', async (part, service, asked) => {
    const failed = logs(service, 'request failed');
    await without(part, async () => expect((await asked()).status).toBe(503));
    await failed;
  });

  test.each(['s3', 'dynamodb'] as const)('%s at store: its memo is sent later', async (part) => {
    let id = '';
    await without(part, async () => {
      const failed = logs('store', 'step failed');
      id = only(await called(`${part} away`, at(`${part} away`)));
      await failed;
    });
    await world.reaches(id, 'sent');
  });

  test('sqs at store: its memo is sent later', async () => {
    const failed = logs('store', 'step failed');
    let first = true;
    const url = at('sqs away at store', async (_request, response) => {
      if (first) await world.cloud.stop('sqs');
      first = false;
      response.end(wav(0.6));
    });
    const id = only(await called('sqs away at store', url));
    await failed;
    await world.cloud.start('sqs');
    await world.reaches(id, 'sent');
  });

  test.each([
    ['s3', 'send', 'step failed'],
    ['dynamodb', 'send', 'step failed'],
    ['sqs', 'poller', 'does not answer'],
  ] as const)('%s at send: its memo is sent, or asked about', async (part, service, words) => {
    const [chat, failed] = [randomUUID(), logs(service, words)];
    world.linq.next(chat, { status: 429, meanwhile: () => world.cloud.stop(part) });
    const id = only(await called(`${part} away at send`, at(`${part} away at send`), chat));
    await failed;
    await world.cloud.start(part);
    await world.reaches(id, 'sent', 'unknown');
  });
});

describe('in a queue', () => {
  const plant = (queue: string, body: string) => planting && plantIn(planting, world, queue, body);
  const message = (place: string) => ({
    v: 1,
    recording: {
      source: 'standard-webhooks',
      id: `rec_${randomUUID()}`,
      from: canaries.number(place),
      media: { kind: 'url', url: `https://media.example/?X-Sig=${canaries.text(place)}` },
    },
    target: { chat: randomUUID() },
    receivedAt: new Date().toISOString(),
  });

  test('a dead letter marks its row', async () => {
    const buried = logs('tend', 'dead letter');
    await plant(QUEUES.recordingsDeadLetters, JSON.stringify(message('a dead letter')));
    await buried;
    const { json } = await ask('/memos?state=failed&limit=1', withKey());
    expect(json.memos).toMatchObject([{ dead_letter: true }]);
  });

  test.each([
    ['store', QUEUES.recordings],
    ['send', QUEUES.memos],
    ['tend', QUEUES.recordingsDeadLetters],
    ['tend', QUEUES.memosDeadLetters],
  ])('%s says of what it cannot read nothing but that: %s', async (service, queue) => {
    const said = Promise.all([logs(service, 'an unreadable message', 2), logs(service, 'a later version')]);
    const { target: _target, ...rest } = message('a message');
    await plant(queue, `${canaries.text('a message')} ${canaries.number('a message')}`);
    await plant(
      queue,
      JSON.stringify({ ...rest, target: canaries.text('a target'), receivedAt: canaries.text('a time') }),
    );
    await plant(queue, JSON.stringify({ ...message('a later message'), v: 2, memo: 7 }));
    await said;
  });
});

describe('of all that was fed in, nothing came out', () => {
  test('the net catches each canary in each spelling', () => {
    const spellings = canaries.spellings();
    expect(spellings.length).toBeGreaterThan(1000);
    for (const { place, spelling } of spellings) {
      expect([spelling, canaries.in(`{"why":"… ${spelling} …"}`)]).toEqual([
        spelling,
        expect.arrayContaining([expect.stringContaining(place)]),
      ]);
    }
    // The canaries do pass here: `store` needs the numbers and the URLs.
    const told = queued.filter(({ queue }) => queue === QUEUES.recordings);
    expect(new Set(told.flatMap(({ text }) => canaries.in(text))).size).toBeGreaterThan(100);
  });

  test('no canary is in the log', () => {
    const lines = logged.flatMap((words) => words.split('\n')).filter((line) => line.trim() !== '');
    expect(lines.length).toBeGreaterThan(200);
    const services = new Set(lines.filter((line) => line !== SDK_WARNING).map((line) => JSON.parse(line).service));
    expect([...services].sort()).toEqual(['api', 'poller', 'receive', 'send', 'store', 'tend']);
    expect(lines.flatMap((line) => found(line, line))).toEqual([]);
  });

  test('no canary is in an answer, but the number in a memo’s row and the URL to put a file to', async () => {
    for (const state of ['sent', 'failed', 'rejected', 'unknown', 'skipped', 'received', 'stored', 'unrouted']) {
      const { json } = await ask(`/memos?state=${state}&limit=100`, withKey());
      expect([state, json.memos.length]).toEqual([state, expect.any(Number)]);
      for (const { id } of json.memos) await ask(`/memos/${id}`, withKey());
    }
    expect(answers.length).toBeGreaterThan(150);
    const places = answers.flatMap(({ where, text }) => found(where, allowed(where, text)));
    expect(places).toEqual([]);
  });

  test('no canary is in a message to send', () => {
    const messages = queued.filter(({ queue }) => queue !== QUEUES.recordings);
    expect(new Set(messages.map(({ queue }) => queue))).toEqual(new Set([QUEUES.memos]));
    expect(messages.length).toBeGreaterThan(30);
    expect(messages.flatMap(({ text }) => found(text, text))).toEqual([]);
  });

  test('no canary is in a row, but in the row’s recording and in a dead letter', async () => {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient());
    const { Items = [], LastEvaluatedKey } = await client.send(new ScanCommand({ TableName: TABLE }));
    client.destroy();
    expect(LastEvaluatedKey).toBeUndefined();
    expect(Items.length).toBeGreaterThan(60);
    const places = Items.flatMap(({ recording: _recording, deadLetter: _deadLetter, ...row }) =>
      found(`${row.pk}, ${row.state}: ${row.reason}`, JSON.stringify(row)),
    );
    expect(places).toEqual([]);
  });

  test('no canary is in a key of S3', () => {
    const keys = readdirSync(join(world.data, 's3'), { recursive: true }).map(String);
    expect(keys.filter((key) => /\/audio\/.*\.wav/.test(key)).length).toBeGreaterThan(20);
    expect(keys.flatMap((key) => found(key, key))).toEqual([]);
  });
});
