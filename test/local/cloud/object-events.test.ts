import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { objectCreatedSchema } from '../../../functions/core/model/object-created.ts';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/credentials.ts';
import { objectEvents } from '../../../local/cloud/object-events.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../../servers/scripted-http.ts';

let sqs: ScriptedHttp;
let arrived: () => void;
let taken: Promise<void>;
beforeEach(async () => {
  taken = new Promise((resolve) => {
    arrived = resolve;
  });
  sqs = await scriptedHttp();
});
afterEach(() => sqs.stop());
const buckets = [{ name: 'drops', prefix: 'calls/', source: 's3-drop' }];
const eventsTo = () => objectEvents(buckets, () => sqs.origin, LOCAL_CREDENTIALS);
const sent = { MessageId: '1', MD5OfMessageBody: '' };

test('the event of an object waits until SQS takes it, and has the fields that the bridge reads', async () => {
  sqs.answer = (asked, response) => {
    if (sqs.asked.length <= 4) return json(500, {})(asked, response); // more failures than the SDK retries by itself
    const { MessageBody } = JSON.parse(String(asked.body));
    json(200, { ...sent, MD5OfMessageBody: md5(MessageBody) })(asked, response);
    arrived();
  };
  const events = eventsTo();
  events.created({ bucket: 'drops', key: 'calls/a b.wav', size: 5 });
  await taken;
  await events.stop();
  const { QueueUrl, MessageBody } = JSON.parse(String(sqs.asked.at(-1)?.body));
  expect(QueueUrl).toMatch(/\/drops$/);
  expect(objectCreatedSchema.parse(JSON.parse(MessageBody)).detail).toEqual({
    bucket: { name: 'drops' },
    object: { key: 'calls/a b.wav', size: 5 },
  });
});

test('an object that no rule would match has no event', async () => {
  sqs.answer = json(200, sent);
  const events = eventsTo();
  events.created({ bucket: 'drops', key: 'secrets/a.wav', size: 5 });
  events.created({ bucket: 'aftercall', key: 'audio/calls/a.wav', size: 5 });
  await events.stop();
  expect(sqs.asked).toEqual([]);
});

test('ends while SQS is away', async () => {
  const events = objectEvents(buckets, () => 'http://127.0.0.1:1', LOCAL_CREDENTIALS);
  events.created({ bucket: 'drops', key: 'calls/a.wav', size: 5 });
  await expect(events.stop()).resolves.toBeUndefined();
});

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
