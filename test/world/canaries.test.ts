import { randomBytes, randomUUID } from 'node:crypto';
import dns from 'node:dns';
import { readdirSync } from 'node:fs';
import type http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import bridge from '../../bridge.config.ts';
import type { Memo } from '../../functions/core/model/memo.ts';
import { QUEUES, queueUrl, TABLE } from '../../local/cloud/resources.ts';
import { signText } from '../../local/senders/standard-webhooks.sign.ts';
import { startCanaries } from '../canaries.ts';
import type { Scripted } from '../scripted-linq.ts';
import { inGroup } from '../servers/sqs.ts';
import { API_KEY, startWorld, until, type World, wav } from '../world.ts';

// Every secret, number and signature that the bridge is given is a canary, on every path that it may take: well, badly, and
// with each part of AWS away. Then everything that came out is looked through. Whole numbers may stand in two places: in the
// `recordings` queue, as `store` routes by them, and in what `GET /memos` shows to the holder of the API key.

interface Delivery {
  secrets: Record<string, string>;
  method: string;
  headers: Record<string, string>;
  body: string;
}
const SOURCES = await Promise.all(
  Object.entries(bridge.sources).map(async ([name, { fetch }]) => {
    const { deliver } = await import(new URL(`../../local/senders/${name}.ts`, import.meta.url).href);
    const api = fetch.credentialHosts?.find((host) => !host.startsWith('*'));
    return {
      name,
      api,
      deliver: (hookUrl: string, recordingUrl: string): Delivery =>
        deliver({
          hookUrl,
          recordingUrl,
          nowSeconds: Math.floor(Date.now() / 1000),
          id: randomBytes(16).toString('hex'),
        }),
    };
  }),
);
const SECRETS: Record<string, string> = Object.assign(
  {},
  ...SOURCES.map(({ deliver }) => deliver('https://hooks.example.com', 'https://recordings.example.com').secrets),
);
for (const name of Object.keys(SECRETS)) if (name.endsWith('_URL')) delete SECRETS[name]; // a setting, of a stand-in

const canaries = startCanaries();
const logged: string[] = [];
const answers: { where: string; text: string }[] = [];
const queued: { queue: string; text: string }[] = [];
let world: World;
/** The test's own client: what it plants is not what the functions sent. */
let planting: SQSClient | undefined;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((words) => logged.push(String(words)) > 0);
  }
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => void logged.push(words.map(String).join(' ')));
  }
  // No name leads out of this machine, with whatever credentials a recording is asked for.
  vi.spyOn(dns, 'lookup').mockImplementation(leadsNowhere as typeof dns.lookup);
  collectMessages();
  world = await startWorld(SECRETS);
  planting = new SQSClient();
  for (const [name, secret] of Object.entries({ ...SECRETS, LINQ: world.linq.key, API_KEY }))
    canaries.add(name, secret);
  const pem = Buffer.from(SECRETS.VONAGE_PRIVATE_KEY ?? '', 'base64').toString();
  canaries.add('VONAGE_PRIVATE_KEY, decoded', pem.split('\n')[1] ?? expect.fail());
  canaries.add('a presigned URL', 'X-Amz-Signature');
  canaries.add('a JWT', 'eyJhbGciOi');
}, 60_000);
afterAll(async () => {
  planting?.destroy();
  await world.stop();
  vi.restoreAllMocks();
});

const { lookup } = dns;
const leadsNowhere = (name: string, ...rest: [object, (error: Error) => void]) => {
  if (net.isIP(name)) return Reflect.apply(lookup, dns, [name, ...rest]);
  rest[1](Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }));
};

/** Every message that a function sends to a queue, by the queue's name. */
const collectMessages = () => {
  const { send } = SQSClient.prototype;
  const collect = function (this: SQSClient, ...given: unknown[]) {
    const [command] = given;
    if (this !== planting && (command instanceof SendMessageCommand || command instanceof SendMessageBatchCommand)) {
      const { QueueUrl = '' } = command.input;
      const messages = 'Entries' in command.input ? (command.input.Entries ?? []) : [command.input];
      for (const each of messages) queued.push({ queue: QueueUrl.replace(/.*\//, ''), text: JSON.stringify(each) });
    }
    return Reflect.apply(send, this, given);
  };
  // A cast: the overloads of `send` are as many as there are commands, and all come to this.
  vi.spyOn(SQSClient.prototype, 'send').mockImplementation(collect as typeof send);
};

/** Asks the bridge, and keeps what it answers. */
const ask = async (path: string, init: RequestInit = {}) => {
  const answer = await fetch(world.url + path, init);
  const text = await answer.text();
  const where = `${init.method ?? 'GET'} ${path.replace(/[?+].*/, '')} → ${answer.status}`;
  answers.push({ where, text: `${JSON.stringify([...answer.headers])} ${text}` });
  return { status: answer.status, text, json: text === '' ? {} : JSON.parse(text) };
};
const withKey = (init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { ...init.headers, authorization: `Bearer ${API_KEY}` },
});

/** A hook's query with numbers in it, as people write them. */
const hook = (place: string, name = 'standard-webhooks', chat: string = randomUUID()) => {
  const [from, to] = [canaries.number(`from, ${place}`), canaries.number(`to, ${place}`)];
  return `/hooks/${name}?chat=${chat}&from=${encodeURIComponent(from)}&to=${to.slice(1)}&direction=inbound`;
};
const SECRET = () => SECRETS.STANDARD_WEBHOOKS_SECRET ?? '';
const signed = (body: string, secret = SECRET()): RequestInit => {
  const [id, now] = [`msg_${randomUUID()}`, Math.floor(Date.now() / 1000)];
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(now),
    'webhook-signature': signText(secret, id, now, body),
  };
  return { method: 'POST', headers, body };
};
const event = (place: string, url: string, more: object = {}) =>
  JSON.stringify({
    type: 'recording.completed',
    note: canaries.text(`the body, ${place}`),
    data: {
      id: `rec_${randomUUID()}`,
      recording_url: url,
      call_id: randomUUID(),
      from: canaries.number(`from in the body, ${place}`),
      to: canaries.number(`to in the body, ${place}`).slice(1),
      ...more,
    },
  });
const only = ({ status, json, text }: Awaited<ReturnType<typeof ask>>): string => {
  expect([status, text]).toEqual([200, expect.stringMatching(/^\{"memos":\["m_[a-z2-7]{26}"\]\}$/)]);
  return json.memos[0];
};
/** More than a tenth of the longest call of these events: a shorter recording would be taken for one that is still written. */
const CALL_SECONDS = 60;
/** The recording's URL as call systems make it: whoever has it has the recording. */
const at = (place: string, answer: Uint8Array | http.RequestListener = wav(CALL_SECONDS)) =>
  `${world.media.serve(answer)}?X-Sig=${canaries.text(`the recording's URL, ${place}`)}`;

const linesOf = (service: string, ...words: string[]) =>
  logged.filter((line) => line.includes(`"service":"${service}"`) && words.every((word) => line.includes(word)));
/** Resolves when the service has logged so many lines more with these words in them. */
const logs = async (service: string, words: string, lines = 1) => {
  const before = words.startsWith('m_') ? 0 : linesOf(service, words).length;
  const seen = await until(() => linesOf(service, words).length >= before + lines || undefined);
  expect([service, words, seen]).toEqual([service, words, true]);
};

describe('a source', () => {
  const post = async ({ name, deliver }: (typeof SOURCES)[number], recordingUrl: string) => {
    const path = hook(name, name);
    const { secrets: _secrets, ...init } = deliver(world.url + path, recordingUrl);
    return only(await ask(path, init));
  };

  test.each(SOURCES)('has its memo sent: $name', async (source) => {
    const id = await post(source, at(source.name));
    const state = source.name === 'ringcentral' ? 'received' : 'sent'; // its API must be asked first
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
  const cases: readonly (readonly [string, number, () => [string, RequestInit]])[] = [
    [
      'a bad signature',
      401,
      () => [
        hook('a bad signature'),
        signed(event('a bad signature', at('a bad signature')), `whsec_${randomBytes(24).toString('base64')}`),
      ],
    ],
    [
      'no signature',
      401,
      () => [hook('no signature'), { method: 'POST', body: event('no signature', at('no signature')) }],
    ],
    [
      'a secret in a header',
      401,
      () => [
        hook('a header'),
        { method: 'POST', headers: { authorization: SECRET(), 'x-twilio-signature': canaries.text('a header') } },
      ],
    ],
    ['a GET', 401, () => [hook('a GET', 'twilio'), {}]],
    ['no JSON', 400, () => [hook('no JSON'), signed(canaries.text('what is no JSON'))]],
    ['no URL', 400, () => [hook('no URL'), signed(event('no URL', canaries.text('what is no URL')))]],
    [
      'a chat that is none',
      400,
      () => [
        hook('a chat that is none', undefined, canaries.text('a chat that is none')),
        signed(event('a chat that is none', at('a chat that is none'))),
      ],
    ],
    [
      'a chat_id that is none',
      400,
      () => [hook('a chat_id'), signed(event('a chat_id', at('a chat_id'), { chat_id: canaries.text('a chat_id') }))],
    ],
    [
      'a direction that is none',
      400,
      () => [`${hook('a direction')}${canaries.text('a direction')}`, signed(event('a direction', at('a direction')))],
    ],
    [
      'a body that is too large',
      413,
      () => [hook('a large body'), signed(event('a large body', canaries.text('a large body').repeat(60_000)))],
    ],
    [
      'no such source',
      404,
      () => [
        `/hooks/twillio${canaries.number('no such source')}`,
        signed(event('no such source', at('no such source'))),
      ],
    ],
    [
      'a query in the path',
      404,
      () => [
        `/hooks/twilio&from=${canaries.number('a query in the path').slice(1)}`,
        signed(event('a path', at('a path'))),
      ],
    ],
    ['another method', 405, () => [hook('another method'), { method: 'PUT', body: canaries.text('another method') }]],
  ];

  test.each(cases)('%s: %i', async (what, status, make) => {
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
  const page =
    (place: string, status: number, headers: http.OutgoingHttpHeaders = {}): http.RequestListener =>
    (_request, response) => {
      const words = `<!DOCTYPE html><p>${canaries.text(`the page, ${place}`)} ${canaries.number(`the page, ${place}`)}`;
      response.writeHead(status, { 'content-type': 'audio/mpeg', ...headers }).end(words);
    };
  const redirect =
    (place: string, to: (canary: string) => string): http.RequestListener =>
    (_request, response) =>
      response.writeHead(302, { location: to(canaries.text(`the redirect, ${place}`)) }).end();
  const tagged = (place: string) => {
    const words = `${canaries.text(place)} ${canaries.number(place)}`.padEnd(100);
    const chunk = Buffer.from(`LIST\0\0\0\0INFOINAM\0\0\0\0${words}`);
    chunk.writeUInt32LE(chunk.length - 8, 4);
    chunk.writeUInt32LE(words.length, 16);
    return Buffer.concat([wav(0.6), chunk]);
  };

  const cases: readonly (readonly [string, Memo['state'], RegExp, () => string])[] = [
    [
      'at a forbidden address',
      'rejected',
      /forbidden/,
      () => `https://169.254.169.254/${canaries.text('a forbidden path')}?t=${canaries.text('a forbidden query')}`,
    ],
    [
      'at an address over http',
      'rejected',
      /not https/,
      () => `http://10.0.0.1/?t=${canaries.text('a query over http')}`,
    ],
    [
      'at a URL with credentials',
      'rejected',
      /credentials/,
      () => `https://${canaries.text('a name in a URL')}:${canaries.text('a password in a URL')}@media.example/`,
    ],
    ['that is a page', 'rejected', /HTML/, () => at('a page', page('a page', 200))],
    ['that is gone', 'rejected', /410/, () => at('gone', page('gone', 410))],
    [
      'that comes packed, and is not',
      'rejected',
      /unpacked/,
      () => at('packed', page('packed', 200, { 'content-encoding': 'br' })),
    ],
    ['that is not there yet', 'received', /404/, () => at('not yet', page('not yet', 404))],
    ['that is refused', 'received', /403/, () => at('refused', page('refused', 403))],
    ['whose host is down', 'received', /503/, () => at('down', page('down', 503))],
    ['whose host hangs up', 'received', /does not answer/, () => at('hangs up', (request) => request.destroy())],
    [
      'that leads to a forbidden address',
      'rejected',
      /forbidden/,
      () =>
        at(
          'leads away',
          redirect('an address', (canary) => `https://169.254.169.254/${canary}?t=${canary}`),
        ),
    ],
    [
      'that leads to credentials',
      'rejected',
      /credentials/,
      () =>
        at(
          'leads on',
          redirect('credentials', (canary) => `https://u:${canary}@media.example/?t=${canary}`),
        ),
    ],
    [
      'that leads to no URL',
      'rejected',
      /not a URL/,
      () =>
        at(
          'leads nowhere',
          redirect('no URL', (canary) => `https://:0:${canary}`),
        ),
    ],
    [
      'that leads in circles',
      'rejected',
      /redirects/,
      () =>
        at(
          'leads round',
          redirect('circles', (canary) => `?t=${canary}`),
        ),
    ],
    ['that says who it is of', 'sent', /^$/, () => at('tagged', tagged('a tag in the audio'))],
  ];

  test.each(cases)('%s is %s', async (what, state, reason, url) => {
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
  const quotes = (request: string) => `{"error":{"status":400,"code":5004,"message":${JSON.stringify(request)}}}`;
  const page = (request: string) => `<html><pre>${request}</pre>`;
  const cannot: Scripted = { status: 500, code: 5002, body: (request) => quotes(request).replace('5004', '5002') };

  const cases: readonly (readonly [string, Memo['state'], (chat: string) => void])[] = [
    [
      'refuses, and quotes the URL and the key',
      'failed',
      (chat) => world.linq.next(chat, { status: 400, body: quotes }),
    ],
    ['answers with a page that quotes them', 'unknown', (chat) => world.linq.next(chat, { status: 502, body: page })],
    [
      'accepts without an id',
      'unknown',
      (chat) => world.linq.next(chat, { status: 202, body: (all) => JSON.stringify({ all }) }),
    ],
    ['accepts with what is no JSON', 'unknown', (chat) => world.linq.next(chat, { status: 202, body: page })],
    ['hangs up', 'unknown', (chat) => world.linq.next(chat, { status: 500, hangUp: true })],
    ['refuses our key, and quotes it', 'stored', (chat) => world.linq.next(chat, { status: 401, body: quotes })],
    [
      'leads elsewhere, with the URL',
      'stored',
      (chat) =>
        world.linq.next(chat, {
          status: 302,
          body: page,
          headers: { location: `https://linq.example/?k=${world.linq.key}` },
        }),
    ],
    ['asks to slow down, and quotes', 'sent', (chat) => world.linq.next(chat, { status: 429, body: quotes })],
    ['says that the recipient has opted out', 'skipped', (chat) => world.linq.next(chat, { status: 403, code: 2024 })],
    [
      'cannot fetch the URL, and refuses the attachment',
      'failed',
      (chat) => {
        for (const answer of [cannot, cannot]) world.linq.next(chat, answer);
        world.linq.nextAttachment({ status: 400, body: quotes });
      },
    ],
    [
      'gives a place for the attachment that is none, and refuses the upload',
      'sent',
      (chat) => {
        for (const answer of [cannot, cannot]) world.linq.next(chat, answer);
        world.linq.nextAttachment({ status: 200, body: (all) => JSON.stringify({ upload_url: all }) });
        world.linq.nextUpload({ status: 403, body: page });
      },
    ],
  ];

  test.each(cases)('%s: %s', async (what, state, script) => {
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
  const post = (json: object, headers: Record<string, string> = {}) =>
    ask('/memos', withKey({ method: 'POST', headers, body: JSON.stringify(json) }));

  test('makes memos of a URL with a signature and of a file', async () => {
    const chat = randomUUID();
    const byUrl = await post(
      { chat, audio_url: at('POST /memos') },
      { 'idempotency-key': canaries.text('Idempotency-Key') },
    );
    await world.reaches(byUrl.json.id, 'sent');
    const audio = wav(0.6);
    const { json } = await post({ chat, content_type: 'audio/wav', bytes: audio.length });
    await fetch(json.upload_url, { method: 'PUT', headers: { 'content-type': 'audio/wav' }, body: audio });
    await world.reaches(json.id, 'sent');
  });

  test.each<[string, number, () => Promise<{ status: number }>]>([
    [
      'another key',
      401,
      () => ask('/memos', { headers: { authorization: `Bearer ${canaries.text('another API key')}` } }),
    ],
    ['no key', 401, () => ask('/memos')],
    ['no JSON', 400, () => ask('/memos', withKey({ method: 'POST', body: canaries.text('no JSON at the api') }))],
    ['no URL', 400, () => post({ chat: randomUUID(), audio_url: canaries.text('no URL at the api') })],
    ['no chat', 400, () => post({ chat: canaries.text('no chat at the api'), audio_url: at('the api') })],
    ['no state', 400, () => ask(`/memos?state=${canaries.text('a state')}`, withKey())],
    ['no cursor', 400, () => ask(`/memos?next=${canaries.text('a cursor')}`, withKey())],
    ['another source', 200, () => ask(`/memos?source=${canaries.text('a source')}`, withKey())],
    ['health', 200, () => ask('/health')],
    ['nothing', 404, () => ask(`/${canaries.text('a path')}`)],
  ])('answers %s with %i', async (_what, status, asked) => {
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
  const plant = (queue: string, body: string) =>
    planting?.send(
      new SendMessageCommand({
        QueueUrl: queueUrl(`http://127.0.0.1:${world.cloud.cloud.ports.sqs}`, queue),
        MessageBody: body,
        ...inGroup(randomUUID()),
      }),
    );
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
    // And it hangs where they pass: `store` must be told the numbers and the URLs.
    const told = queued.filter(({ queue }) => queue === QUEUES.recordings);
    expect(new Set(told.flatMap(({ text }) => canaries.in(text))).size).toBeGreaterThan(100);
  });

  test('in the log', () => {
    const lines = logged.flatMap((words) => words.split('\n')).filter((line) => line.trim() !== '');
    expect(lines.length).toBeGreaterThan(200);
    const services = new Set(lines.filter((line) => line !== SDK_WARNING).map((line) => JSON.parse(line).service));
    expect([...services].sort()).toEqual(['api', 'poller', 'receive', 'send', 'store', 'tend']);
    expect(lines.flatMap((line) => found(line, line))).toEqual([]);
  });

  test('in an answer, but the number in a memo’s row and the URL to put a file to', async () => {
    for (const state of ['sent', 'failed', 'rejected', 'unknown', 'skipped', 'received', 'stored', 'unrouted']) {
      const { json } = await ask(`/memos?state=${state}&limit=100`, withKey());
      expect([state, json.memos.length]).toEqual([state, expect.any(Number)]);
      for (const { id } of json.memos) await ask(`/memos/${id}`, withKey());
    }
    expect(answers.length).toBeGreaterThan(150);
    const places = answers.flatMap(({ where, text }) => found(where, allowed(where, text)));
    expect(places).toEqual([]);
  });

  test('in a message to send', () => {
    const messages = queued.filter(({ queue }) => queue !== QUEUES.recordings);
    expect(new Set(messages.map(({ queue }) => queue))).toEqual(new Set([QUEUES.memos]));
    expect(messages.length).toBeGreaterThan(30);
    expect(messages.flatMap(({ text }) => found(text, text))).toEqual([]);
  });

  test('in a row, but in the recording that it is about and in a dead letter', async () => {
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

  test('in a key of S3', () => {
    const keys = readdirSync(join(world.data, 's3'), { recursive: true }).map(String);
    expect(keys.filter((key) => /\/audio\/.*\.wav/.test(key)).length).toBeGreaterThan(20);
    expect(keys.flatMap((key) => found(key, key))).toEqual([]);
  });
});

/** The one line that is not ours: the AWS SDK's, of a body that broke off. */
const SDK_WARNING = 'An error was encountered in a non-retryable streaming request.';

const found = (where: string, text: string): string[] => canaries.in(text).map((place) => `${place}: ${where}`);

const allowed = (where: string, text: string): string => {
  if (where.startsWith('POST /memos → 202')) return text.replace(/"upload_url":"[^"]*"/, '');
  return where.startsWith('GET /memos') ? text.replaceAll(/"(from|to)":"[^"]*"/g, '') : text;
};
