import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { objectCreatedSchema } from '../../functions/core/model/object-created.ts';
import { acceptObject } from '../../functions/core/receive/accept-object.ts';
import { s3Drop } from '../../functions/sources/s3-drop.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { REGION } from '../../local/cloud/resources.ts';
import type { Listening } from '../../local/loopback/listen.ts';
import { memoryAudioStore } from '../fakes/audio-store.memory.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { memoryLog } from '../fakes/log.memory.ts';
import { memoryRecordingsQueue } from '../fakes/queues.memory.ts';
import { sources, synthesise } from '../infra/synthesised.ts';
import { ACCOUNT, startMoto } from './moto.ts';
import { createEventRule, createUserBuckets } from './moto-events.ts';

// A second opinion on the way of a new object: moto's S3 sends its event to moto's EventBridge, which keeps the rule of our stack, and puts
// it into moto's SQS. moto does not check the policy of the queue, and never fails to deliver: test/infra/drops.test.ts covers both.

const [BUCKET, QUEUE] = ['acme-calls', 'drops'];
const buckets = [{ name: BUCKET, prefix: 'calls/', source: 'drop' }];
let moto: Listening;
let s3: S3Client;
let sqs: SQSClient;

beforeAll(async () => {
  moto = await startMoto(inject('motoServer'));
  const options = { endpoint: moto.url, region: REGION, credentials: { ...LOCAL_CREDENTIALS } };
  s3 = new S3Client({ ...options, forcePathStyle: true });
  sqs = new SQSClient(options);
  await sqs.send(new CreateQueueCommand({ QueueName: QUEUE }));
  await createUserBuckets(moto.url, [BUCKET]);
  const queueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${QUEUE}`;
  await createEventRule(moto.url, { name: 'objects', pattern: JSON.parse(ruleOfTheStack()), queueArn });
});
afterAll(async () => {
  s3.destroy();
  sqs.destroy();
  await moto.stop();
});

/** The pattern of the synthesised rule, with the account that CloudFormation would put into it. */
const ruleOfTheStack = (): string => {
  const { other } = synthesise({ sources: { ...sources, drop: s3Drop() }, buckets });
  const rules = Object.values(other.template.findResources('AWS::Events::Rule'));
  const pattern = JSON.stringify(rules.find(({ Properties }) => Properties.EventPattern)?.Properties.EventPattern);
  expect(pattern).toContain('{"Ref":"AWS::AccountId"}');
  return pattern.replace('{"Ref":"AWS::AccountId"}', JSON.stringify(ACCOUNT));
};

test('an object below the prefix comes as the event that receive takes, and its neighbours do not come at all', async () => {
  // EventBridge does not encode keys, unlike the notifications of S3.
  const inside = ['calls/a b+c_20261026T07:33_UTC.wav', 'calls/a%20b 100%.wav', 'calls/é漢🎧.wav'];
  for (const Key of ['secrets/a.wav', 'call', ...inside])
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'sound', Metadata: { from: '+12025550101' } }));
  const queue = `${moto.url}/${ACCOUNT}/${QUEUE}`;
  const receive = new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 });
  const { Messages = [] } = await sqs.send(receive);
  const taken = Messages.map(({ Body = '' }) => objectCreatedSchema.parse(JSON.parse(Body))).sort(
    (one, other) => inside.indexOf(one.detail.object.key) - inside.indexOf(other.detail.object.key),
  );
  expect(
    taken.map(({ account, detail }) => [account, detail.bucket.name, detail.object.key, detail.object.size]),
  ).toEqual(inside.map((key) => [ACCOUNT, BUCKET, key, 5]));

  const recordings = memoryRecordingsQueue();
  const step = acceptObject({
    sources: { drop: s3Drop({ facts: 'metadata' }) },
    buckets,
    routes: [],
    recordings,
    inbox: memoryAudioStore(),
    inboxId: () => 'never',
    clock: manualClock(),
    leaveTrace: async () => {},
    log: memoryLog(),
  });
  for (const event of taken) expect(await step(event)).toMatchObject({ outcome: 'pending' });
  expect(recordings.messages).toMatchObject(
    inside.map((key) => ({ recording: { media: { bucket: BUCKET, key } }, target: 'ask' })),
  );
});
