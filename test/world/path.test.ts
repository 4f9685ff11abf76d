import { randomUUID } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { MemoJson } from '../../functions/http/response-schemas.ts';
import { QUEUES } from '../../local/cloud/resources.ts';
import { readCall } from '../audio/fitting.ts';
import type { Scripted } from '../scripted-linq.ts';
import { json, sha256, standardWebhook, startWorld, twilioWebhook, until, type World, wav } from '../world.ts';
import { recordOutput } from './record-output.ts';
import { plant, queuesAreEmpty } from './world-queues.ts';

let world: World;
let sqs: SQSClient;
let logged: readonly string[];

beforeAll(async () => {
  logged = recordOutput();
  world = await startWorld();
  sqs = new SQSClient();
});
afterAll(async () => {
  sqs.destroy();
  await world.stop();
  vi.restoreAllMocks();
});

const recording = (url: string) => ({ id: `rec_${randomUUID()}`, recording_url: url });
const completed = (url: string, more: Record<string, unknown> = {}) =>
  standardWebhook(world.secrets.standardWebhooks, { ...recording(url), ...more });
const hook = (chat?: string) => `/hooks/standard-webhooks${chat ? `?chat=${chat}` : ''}`;
const only = (body: Record<string, unknown>): string => {
  expect(body.memos).toHaveLength(1);
  return String((body.memos as string[])[0]); // a cast: the line above checked its length
};
/** The hashes of the memos that Linq has taken for a chat. */
const sentTo = (chat: string) => world.linq.sent.filter((sent) => sent.chat === chat).map(({ bytes }) => sha256(bytes));

describe('a call ends, a voice memo arrives', () => {
  test('a signed webhook becomes one memo with the same bytes, fetched from a presigned URL', async () => {
    const [chat, audio] = [randomUUID(), wav(2)];
    const { status, body } = await world.post(hook(chat), completed(world.media.serve(audio)));
    expect(status).toBe(200);
    const id = only(body);
    await world.reaches(id, 'sent');
    const [memo, ...more] = world.linq.sent.filter((sent) => sent.chat === chat);
    expect(more).toEqual([]);
    expect(memo && sha256(memo.bytes)).toBe(sha256(audio));
    expect(memo).toMatchObject({ filename: `${id}.wav`, type: 'audio/wav' });
    expect(memo?.url).toMatch(/X-Amz-Expires=\d+&.*X-Amz-Signature=/);
  });

  test('Twilio’s form callback too, and its token goes to no host but Twilio’s', async () => {
    const [chat, audio] = [randomUUID(), wav(2, 330)];
    const url = world.media.serve(audio);
    const path = `/hooks/twilio?chat=${chat}`;
    const form = {
      RecordingSid: `RE${randomUUID().replaceAll('-', '')}`,
      RecordingUrl: url,
      RecordingStatus: 'completed',
      AccountSid: 'AC1',
      CallSid: 'CA1',
    };
    const { body } = await world.post(path, twilioWebhook(world.secrets.twilio, world.url + path, form));
    await world.reaches(only(body), 'sent');
    expect(sentTo(chat)).toEqual([sha256(audio)]);
    const hit = world.media.hits.find(({ path: hitPath }) => url.endsWith(hitPath));
    expect(hit).toBeDefined();
    expect(hit?.headers).not.toHaveProperty('authorization');
  });

  test('twenty copies of one webhook at once make one memo', async () => {
    const chat = randomUUID();
    const signed = completed(world.media.serve(wav(1)));
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.post(hook(chat), signed)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const ids = new Set(answers.map(({ body }) => only(body)));
    expect(ids.size).toBe(1);
    await world.reaches([...ids].join(), 'sent');
    expect(await queuesAreEmpty(sqs, world)).toBe(true);
    expect(world.linq.posts.filter((post) => post.chat === chat)).toHaveLength(1);
  });

  test('a recording that is not there yet is asked for again', async () => {
    const audio = wav(1);
    let asked = 0;
    const url = world.media.serve((_request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(404).end();
      else response.writeHead(200, { 'content-length': audio.length }).end(audio);
    });
    const { body } = await world.post(hook(randomUUID()), completed(url));
    await world.reaches(only(body), 'sent');
    expect(asked).toBe(2);
  });

  test('a recording cut short is never stored as a memo; it is fetched again, whole', async () => {
    const [chat, audio] = [randomUUID(), wav(1)];
    let asked = 0;
    const url = world.media.serve((_request, response) => {
      asked += 1;
      response.writeHead(200, { 'content-length': audio.length });
      if (asked === 1) response.write(audio.subarray(0, audio.length / 2), () => response.destroy());
      else response.end(audio);
    });
    const { body } = await world.post(hook(chat), completed(url));
    await world.reaches(only(body), 'sent');
    expect(sentTo(chat)).toEqual([sha256(audio)]);
  });
});

describe('bad input gets a clear answer and loses nothing', () => {
  test.each([
    ['unsigned', () => ({ ...completed('https://example.com/a'), headers: {} })],
    [
      'signed with another key',
      () =>
        standardWebhook(
          `whsec_${Buffer.from('another key, of some length').toString('base64')}`,
          recording('https://example.com/a'),
        ),
    ],
    [
      'stale',
      () => standardWebhook(world.secrets.standardWebhooks, recording('https://example.com/a'), Date.now() - 3_600_000),
    ],
  ])('%s: 401, and nothing is queued', async (_name, signed) => {
    const chat = randomUUID();
    expect((await world.post(hook(chat), signed())).status).toBe(401);
    expect(await queuesAreEmpty(sqs, world)).toBe(true);
    expect(world.linq.posts.filter((post) => post.chat === chat)).toEqual([]);
  });

  test.each([
    [
      'an XML error page',
      Buffer.from('<?xml version="1.0"?><Error>RecordingNotFound</Error>'),
      'not audio: an XML page',
    ],
    ['an HTML login page', Buffer.from('<!DOCTYPE html><title>Log in</title>'), 'not audio: an HTML page'],
    ['a call that was hung up at once', wav(0.2), 'too short: 0.2 s of sound'],
  ])('%s is rejected with its reason and sent to nobody', async (_name, bytes, reason) => {
    const chat = randomUUID();
    const { body } = await world.post(hook(chat), completed(world.media.serve(bytes)));
    const memo = await world.reaches(only(body), 'rejected');
    expect(memo.reason).toContain(reason);
    expect(world.linq.posts.filter((post) => post.chat === chat)).toEqual([]);
  });

  test('a recording that Linq does not take arrives whole, as MP3', async () => {
    const mulaw = readCall('mulaw-8k-stereo.wav');
    const { body } = await world.post(hook(randomUUID()), completed(world.media.serve(mulaw)));
    const memo = await world.reaches(only(body), 'sent');
    expect(memo.original).toMatchObject({ type: 'audio/wav', codec: 'ulaw', bytes: mulaw.length, seconds: 2 });
    expect(memo.fitting).toMatchObject({ done: 'converted', reason: 'ulaw in wav', engine: 'built-in' });
    expect(memo.audio).toMatchObject({ type: 'audio/mpeg', codec: 'mp3', channels: 1 });
    expect(memo.audio?.seconds).toBeCloseTo(2, 0);
    expect(memo.audio?.waveform?.length).toBeGreaterThan(90);
  });

  test('a recording at a forbidden address is rejected without a connection to it', async () => {
    const { body } = await world.post(hook(randomUUID()), completed('https://169.254.169.254/latest/meta-data'));
    expect((await world.reaches(only(body), 'rejected')).reason).toBe('forbidden address 169.254.169.254');
  });

  test('a recording without a route is stored and unrouted, never dropped', async () => {
    const { body } = await world.post(hook(), completed(world.media.serve(wav(1))));
    const memo = await world.reaches(only(body), 'unrouted');
    expect(memo.audio).toMatchObject({ type: 'audio/wav', bytes: 16044 });
  });

  test('SQS away: 503 with Retry-After; back again, the same webhook is taken', async () => {
    const signed = completed(world.media.serve(wav(1)));
    await world.cloud.stop('sqs');
    const refused = await world.post(hook(randomUUID()), signed);
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await world.cloud.start('sqs');
    const chat = randomUUID();
    const { status, body } = await world.post(hook(chat), signed);
    expect(status).toBe(200);
    await world.reaches(only(body), 'sent');
  });
});

describe('what Linq answers', () => {
  const sendWith = async (...answers: Scripted[]) => {
    const chat = randomUUID();
    for (const answer of answers) world.linq.next(chat, answer);
    const { body } = await world.post(hook(chat), completed(world.media.serve(wav(1))));
    return { id: only(body), posts: () => world.linq.posts.filter((post) => post.chat === chat) };
  };

  test('opted out: one POST, then never again', async () => {
    const { id, posts } = await sendWith({ status: 403, code: 2024 });
    expect(await world.reaches(id, 'skipped')).toMatchObject({ reason: 'the recipient has opted out' });
    expect(await queuesAreEmpty(sqs, world)).toBe(true);
    expect(posts()).toHaveLength(1);
  });

  test('asked to slow down: it waits, and goes out once', async () => {
    const { id, posts } = await sendWith({ status: 429, code: 1007 });
    expect((await world.reaches(id, 'sent')).attempts).toBe(2);
    expect(posts()).toHaveLength(2);
  });

  test('it cannot fetch our URL twice: then the audio goes up as an attachment', async () => {
    const { id, posts } = await sendWith({ status: 500, code: 5002 }, { status: 500, code: 5002 });
    await world.reaches(id, 'sent');
    expect(posts().map(({ body }) => Object.keys(body))).toEqual([
      ['voice_memo_url'],
      ['voice_memo_url'],
      ['attachment_id'],
    ]);
  });

  test.each<[string, Scripted]>([
    ['answers 500', { status: 500, code: 3006, taken: true }],
    ['cuts the connection', { status: 500, hangUp: true, taken: true }],
    ['answers without an id', { status: 202, taken: true }],
  ])('it takes the memo and %s: the memo is found in the chat, and not posted again', async (_, scripted) => {
    const { id, posts } = await sendWith(scripted);
    const memo = await world.reaches(id, 'sent');
    expect(memo.history.map(({ state }) => state)).toEqual(['received', 'stored', 'sending', 'unknown', 'sent']);
    expect(await queuesAreEmpty(sqs, world)).toBe(true);
    expect(posts()).toHaveLength(1);
  });

  test('our key is refused: memos wait, and go out by themselves when it is right', async () => {
    const { id } = await sendWith({ status: 401, code: 2004 }, { status: 401, code: 2004 });
    const waiting = await until(async () => {
      const row = await world.memo(id);
      return row.attempts === 1 && row.state === 'stored' ? row : undefined;
    });
    expect(waiting).toMatchObject({ reason: 'Linq refuses our key', waiting_for: 'us' });
    expect(logged.join('')).toContain('our-fault');
  });
});

describe('the api', () => {
  test('a memo by URL and by upload', async () => {
    const chat = randomUUID();
    const make = (body: object) => world.api('/memos', { method: 'POST', body: JSON.stringify({ chat, ...body }) });
    const byUrl = await make({ audio_url: world.media.serve(wav(1)) });
    expect(byUrl.status).toBe(202);
    await world.reaches((await json<{ id: string }>(byUrl)).id, 'sent');

    const audio = wav(1, 500);
    const byUpload = await make({ content_type: 'audio/wav', bytes: audio.length });
    const { id, upload_url } = await json<{ id: string; upload_url: string }>(byUpload);
    const put = await fetch(upload_url, { method: 'PUT', headers: { 'content-type': 'audio/wav' }, body: audio });
    expect(put.status).toBe(200);
    await world.reaches(id, 'sent');
    expect(sentTo(chat)).toContain(sha256(audio));
  });

  test('lists by state, newest first, and shows nothing of where the recording lay', async () => {
    const { memos } = await json<{ memos: MemoJson[] }>(await world.api('/memos?state=rejected&limit=3'));
    const created = memos.map((memo) => memo.created_at);
    expect(memos.map((memo) => memo.state)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(created).toEqual([...created].sort().reverse());
    expect(JSON.stringify(memos)).not.toContain(world.media.url);
  });
});

test('a dead letter marks its row and keeps its message', async () => {
  const id = `rec_${randomUUID()}`;
  const message = {
    v: 1,
    recording: { source: 'standard-webhooks', id, media: { kind: 'url', url: 'https://example.com/a.wav' } },
    target: { chat: randomUUID() },
    receivedAt: new Date().toISOString(),
  };
  await plant(sqs, world, QUEUES.recordingsDeadLetters, JSON.stringify(message));
  const row = await until(async () => {
    const { memos } = await json<{ memos: MemoJson[] }>(await world.api('/memos?state=failed'));
    return memos.find((memo) => memo.recording.id === id);
  });
  expect(row).toMatchObject({ dead_letter: true, reason: expect.stringContaining('dead-letter queue') });
});

test('no secret, signed URL or telephone number is in the log', async () => {
  const { body } = await world.post(
    hook(randomUUID()),
    completed(world.media.serve(wav(1)), { from: '+12025550171', to: '+12025550172' }),
  );
  await world.reaches(only(body), 'sent');
  const log = logged.join('\n');
  expect(log).toContain(only(body)); // the log is not empty
  for (const canary of [
    world.secrets.standardWebhooks,
    world.secrets.twilio,
    world.linq.key,
    'X-Amz-Signature',
    '+1202555',
    world.media.url,
  ]) {
    expect(log).not.toContain(canary);
  }
});
