import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { objectCreatedSchema } from '../../../functions/core/model/object-created.ts';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/credentials.ts';
import { type Created, objectEvents } from '../../../local/cloud/object-events.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../../servers/scripted-http.ts';

let sqs: ScriptedHttp;
let directory: string;
let arrived: () => void;
let taken: Promise<void>;
beforeEach(async () => {
  taken = new Promise((resolve) => {
    arrived = resolve;
  });
  sqs = await scriptedHttp();
  directory = mkdtempSync(join(tmpdir(), 'aftercall-events-'));
});
afterEach(async () => {
  await sqs.stop();
  rmSync(directory, { recursive: true });
});

const buckets = [{ name: 'drops', prefix: 'calls/', source: 's3-drop' }];
const eventsTo = (url: string) => objectEvents({ buckets, sqs: () => url, directory, credentials: LOCAL_CREDENTIALS });
const object: Created = { bucket: 'drops', key: 'calls/a b.wav', size: 5, reason: 'PutObject' };
const take: ScriptedHttp['answer'] = (asked, response) => {
  const { MessageBody } = JSON.parse(String(asked.body));
  json(200, { MessageId: '1', MD5OfMessageBody: md5(MessageBody) })(asked, response);
  arrived();
};
const lastEvent = () => {
  const { QueueUrl, MessageBody } = JSON.parse(String(sqs.asked.at(-1)?.body));
  expect(QueueUrl).toMatch(/\/drops$/);
  return objectCreatedSchema.parse(JSON.parse(MessageBody)).detail;
};
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

test('the event of an object waits until SQS takes it, and has the fields that the bridge reads', async () => {
  sqs.answer = (asked, response) => (sqs.asked.length <= 4 ? json(500, {}) : take)(asked, response); // more failures than the SDK retries by itself
  const events = eventsTo(sqs.origin);
  events.created(object);
  await taken;
  await events.stop();
  expect(lastEvent()).toEqual({ bucket: { name: 'drops' }, object: { key: 'calls/a b.wav', size: 5 } });
});

test('an object that no rule would match has no event', async () => {
  const events = eventsTo(sqs.origin);
  events.created({ ...object, key: 'secrets/a.wav' });
  events.created({ ...object, bucket: 'aftercall', key: 'audio/calls/a.wav' });
  await events.stop();
  expect(sqs.asked).toEqual([]);
});

test('an event that SQS has not taken outlives its process: the next one sends it, once', async () => {
  const away = eventsTo('http://127.0.0.1:1');
  away.created(object);
  await away.stop();
  sqs.answer = take;
  const back = eventsTo(sqs.origin);
  await taken;
  while (readdirSync(directory).length > 0) await new Promise(setImmediate);
  await back.stop();
  expect(lastEvent().object.key).toBe(object.key);
  await eventsTo(sqs.origin).stop();
  expect(sqs.asked).toHaveLength(1);
});
