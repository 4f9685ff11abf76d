import { randomBytes, randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import bridge from '../../bridge.config.ts';
import { checkBuckets } from '../../cli/doctor/buckets.ts';
import type { DoctorInput } from '../../cli/doctor/check.ts';
import type { Bridge } from '../../functions/config.ts';
import type { MemoJson } from '../../functions/http/response-schemas.ts';
import { sourceList } from '../../functions/http/source-schemas.ts';
import { urlOf } from '../../local/cloud/cloud-file.ts';
import { DROPS, queueUrl, REGION } from '../../local/cloud/resources.ts';
import { localS3, putObject } from '../../local/put-object.ts';
import * as sinch from '../../local/senders/sinch.ts';
import * as telnyx from '../../local/senders/telnyx.ts';
import * as twilio from '../../local/senders/twilio.ts';
import { json, sha256, startWorld, until, type World, wav } from '../world.ts';
import { recordOutput } from './record-output.ts';

let world: World;
let logged: readonly string[];
const example = { hookUrl: 'https://x.invalid', recordingUrl: 's3://b/k', nowSeconds: 0, id: '0'.repeat(32) };
const secrets = Object.assign({}, ...[sinch, telnyx, twilio].map((sender) => sender.deliver(example).secrets));

beforeAll(async () => {
  logged = recordOutput();
  world = await startWorld(secrets);
});
afterAll(async () => {
  await world.stop();
  vi.restoreAllMocks();
});

const put = (key: string, bytes: Uint8Array, metadata: Record<string, string> = {}, bucket = 'drops') =>
  putObject(localS3(world.cloud.cloud), { bucket, key, metadata }, bytes);
const sentTo = (chat: string) => world.linq.sent.filter((sent) => sent.chat === chat).map(({ bytes }) => sha256(bytes));

const event = (name: string, key: string) => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  account: '000000000000',
  detail: { bucket: { name }, object: { key, size: 10 } },
});
/** Puts events onto the queue of new objects, as EventBridge would. */
const play = async (...events: readonly object[]) => {
  const sqs = urlOf(world.cloud.cloud, 'sqs');
  const client = new SQSClient({ endpoint: sqs, region: REGION, credentials: { ...world.cloud.cloud.credentials } });
  for (const body of events)
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl(sqs, DROPS), MessageBody: JSON.stringify(body) }));
  client.destroy();
};

test('a recording that is dropped into the bucket becomes one memo with the same bytes, for the chat in its metadata', async () => {
  const [chat, audio] = [randomUUID(), wav(2, 262)];
  const key = `calls/${randomUUID()}.wav`;
  await put(key, audio, { chat, from: '+12025550101', to: '+12025550102', direction: 'inbound' });
  const sent = await until(() => (sentTo(chat).length > 0 ? sentTo(chat) : undefined), 120_000);
  expect(sent).toEqual([sha256(audio)]);
  const { memos } = await json<{ memos: MemoJson[] }>(await world.api('/memos?source=s3-drop'));
  expect(memos).toMatchObject([{ recording: { from: '+12025550101', direction: 'inbound' }, target: { chat } }]);

  // Its event may come again, and makes no second memo: the next recording for the chat comes behind it, and is the second.
  await put(key, audio, { chat });
  const next = wav(2, 294);
  await put(`calls/${randomUUID()}.wav`, next, { chat });
  await until(() => (sentTo(chat).includes(sha256(next)) ? true : undefined), 120_000);
  expect(sentTo(chat)).toEqual([sha256(audio), sha256(next)]);
});

test('a key with signs that URLs treat in their own way is the key of one object, from its event to its memo', async () => {
  const [chat, audio] = [randomUUID(), wav(2, 311)];
  await put(`calls/a b+c%20d 100% é漢🎧 ${randomUUID()}?#(1).wav`, audio, { chat });
  await until(() => (sentTo(chat).length > 0 ? true : undefined), 120_000);
  expect(sentTo(chat)).toEqual([sha256(audio)]);
});

test('an object that is deleted before it was read makes a row that says so', async () => {
  await play(event('drops', `connect/${randomUUID()}_20261026T07:33_UTC.wav`)); // nothing lies there
  const row = await until(async () => {
    const { memos } = await json<{ memos: MemoJson[] }>(await world.api('/memos?source=amazon-connect'));
    return memos.find(({ reason }) => reason?.includes('the source answered 404'));
  }, 120_000);
  expect(row?.state).toBe('received');
});

test.each([
  ['sinch', sinch, 's3://drops/connect/sinch.mp3'],
  ['telnyx', telnyx, 's3://drops/connect/telnyx.mp3'],
  ['twilio', twilio, 'https://drops.s3.us-east-1.amazonaws.com/connect/twilio.mp3'],
])(
  'a recording of %s that its webhook names by bucket and key is read out of the bucket',
  async (name, sender, recordingUrl) => {
    const [chat, audio] = [randomUUID(), wav(5, 330)]; // more than a tenth of what the events say
    await put(`connect/${name}.mp3`, audio); // ignored as an object: Amazon Connect writes WAV alone
    const hookUrl = `${world.url}/hooks/${name}?chat=${chat}`;
    const nowSeconds = Math.floor(Date.now() / 1000);
    const signed = sender.deliver({ hookUrl, recordingUrl, nowSeconds, id: randomBytes(16).toString('hex') });
    const { body } = await world.post(`/hooks/${name}?chat=${chat}`, signed);
    await world.reaches(String((body.memos as string[])[0]), 'sent');
    expect(sentTo(chat)).toEqual([sha256(audio)]);
  },
);

test('a webhook that names an object outside the prefixes makes a rejected memo with the reason, and nothing is read', async () => {
  const chat = randomUUID();
  await put('secrets/twilio.mp3', wav(2, 349));
  const hookUrl = `${world.url}/hooks/twilio?chat=${chat}`;
  const recordingUrl = 'https://drops.s3.us-east-1.amazonaws.com/secrets/twilio.mp3';
  const id = randomBytes(16).toString('hex');
  const signed = twilio.deliver({ hookUrl, recordingUrl, id, nowSeconds: 0 });
  const { body } = await world.post(`/hooks/twilio?chat=${chat}`, signed);
  const memo = await world.reaches(String((body.memos as string[])[0]), 'rejected');
  expect(JSON.stringify(memo)).toContain('outside the prefixes that buckets in bridge.config.ts allow');
  expect(sentTo(chat)).toEqual([]);
});

test('an event of a stranger’s object is refused with the reason, makes no memo, and shows at its source', async () => {
  await play(event('drops', 'secrets/a.wav'), event('aftercall', 'audio/a.wav'), { source: 'somebody' });
  const refused = await until(() => {
    const lines = logged
      .join('')
      .split('\n')
      .filter((line) => line.includes('object refused'));
    return lines.length >= 3 ? lines : undefined;
  }, 120_000);
  const says = (refused ?? []).join('\n');
  expect(says).toContain('outside the prefixes that buckets in bridge.config.ts allow');
  expect(says).toContain('the bucket aftercall is not among the buckets');
  const { memos } = await json<{ memos: MemoJson[] }>(await world.api('/memos?state=rejected&source=s3-drop'));
  expect(memos).toEqual([]);
  const shown = await until(async () => {
    const { sources } = sourceList.parse(await json(await world.api('/sources')));
    return sources.find(({ name, refused }) => name === 's3-drop' && refused);
  }, 120_000);
  expect(shown?.refused).toMatchObject({
    today: 1,
    says: 'the object lies where the bridge may not read',
    reason: expect.stringContaining('the bucket drops, outside the prefixes'),
  });
});

test('the doctor finds the buckets of this laptop, and names one that is not there', async () => {
  const environment = { AFTERCALL_DATA: world.data };
  const nowhere = { name: 'nowhere', prefix: '' };
  const look = (bridge: Bridge) =>
    checkBuckets({
      // As much of a context as this check reads.
      context: { stage: undefined, runtime: { environment } } as unknown as DoctorInput['context'],
      target: { kind: 'local', url: world.url, publicUrl: world.url } as DoctorInput['target'],
      bridge,
      running: undefined,
    });
  expect(await look(bridge)).toMatchObject([
    { what: 's3://drops/calls/', state: 'ok', says: 'is there' },
    { what: 's3://drops/connect/', state: 'ok' },
  ]);
  const wrong = { ...bridge, stages: { local: { buckets: [nowhere] } } };
  expect(await look(wrong)).toMatchObject([{ state: 'fault', says: 'there is no bucket nowhere' }]);
});
