import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { localS3 } from '../../../local/put-object.ts';
import dropped from '../../fixtures/s3-drop/dropped.json' with { type: 'json' };
import { sha256, until, wav } from '../../world.ts';
import { newChecks } from '../checks.ts';
import { type Bridge, startBridge } from '../client.ts';
import { type ConnectApi, startConnectApi } from '../connect-api.ts';
import type { Context } from '../context.ts';
import { matchesPattern } from '../event-pattern.ts';
import { ACCOUNT } from '../resources.ts';
import type { Stage } from '../stage.ts';
import type { Template } from '../template.ts';

const BUCKET = 'drops';
const CALLER = '+12025550187';
const SENT_MS = 150_000;

interface World {
  bridge: Bridge;
  template: Template;
  connect: ConnectApi;
}

/**
 * Recordings that call systems leave in buckets of the user, from the event of S3 to the memo. The check does the work of EventBridge:
 * it puts the documented event into the queue of each rule of the template whose pattern matches.
 */
export const newObjects = (context: Context, withBuckets: () => Promise<Template>): Stage => ({
  name: 'new objects of buckets',
  async run() {
    const { check, result } = newChecks();
    const template = await withBuckets();
    const connect = await startConnectApi();
    const bridge = await startBridge(
      { ...context, template },
      {
        allowHosts: [new URL(connect.url).host],
        variables: { CONNECT_API_URL: connect.url },
      },
    );
    const world = { bridge, template, connect };
    try {
      await Promise.all([
        check('a dropped recording arrives byte for byte, once, also if its event comes twice', () => isDropped(world)),
        check('a recording of Connect goes to the chat of its contact', () => isOfConnect(world)),
      ]);
      await check(
        'an object outside the prefixes matches no rule, and is not read if its event comes all the same',
        () => isElsewhere(world),
      );
      await check('a message that is no event of S3 is logged and deleted', () => isNoEvent(world));
      await check('no number and no key of an object is in what the functions wrote', () => leaksNothing(world));
    } finally {
      await bridge.stop();
      await connect.stop();
    }
    return result();
  },
});

const isDropped = async (world: World) => {
  const [chat, recording] = [randomUUID(), wav(2)];
  const key = `calls/${randomUUID()}.wav`;
  await put(world, key, recording, { chat, from: CALLER });
  assert.equal(await deliver(world, key, recording.length), 1, 'another number of rules than one matches');
  await arrives(world, chat, 1);
  assert.equal(sha256(world.bridge.sentTo(chat)[0]?.bytes ?? Buffer.alloc(0)), sha256(recording));

  await deliver(world, key, recording.length);
  // The next recording of the same chat comes after the second event of the first.
  await logged(world, '"message":"object taken"', 2);
  const next = `calls/${randomUUID()}.wav`;
  await put(world, next, wav(3), { chat });
  await deliver(world, next, 1);
  await arrives(world, chat, 2);
};

const isOfConnect = async (world: World) => {
  const [chat, recording] = [randomUUID(), wav(2)];
  const { key } = world.connect.recorded(randomBytes(16).toString('hex'), chat);
  await put(world, key, recording);
  assert.equal(await deliver(world, key, recording.length), 1, 'another number of rules than one matches');
  await arrives(world, chat, 1);
  assert.ok(world.connect.asked.length > 0, 'nobody asked DescribeContact');
  // Only the host of AWS itself gets a signature: test/adapters/recordings.ask-aws.test.ts.
  assert.ok(!world.connect.asked.some(({ authorization }) => authorization), 'a stand-in got credentials');
};

const isElsewhere = async (world: World) => {
  const key = `secrets/${randomUUID()}.wav`;
  assert.equal(await deliver(world, key, 1), 0, 'a rule matches');
  await queue(world, eventOf(key, 1));
  await logged(world, 'outside the prefixes', 1);
  assert.ok(!world.bridge.functions.store.log().some((line) => line.includes(key)), 'store knows of it');
};

const isNoEvent = async (world: World) => {
  for (const body of ['not JSON', JSON.stringify({ ...JSON.parse(eventOf('calls/a.wav', 1)), source: 'acme' })])
    await queue(world, body);
  await logged(world, '"outcome":"unreadable"', 2);
};

const leaksNothing = ({ bridge }: World) => {
  const line = bridge.log().find((written) => written.includes(CALLER) || /calls\/[0-9a-f-]{36}/.test(written));
  assert.equal(line, undefined, `a log line holds ${line}`);
};

const put = async ({ bridge }: World, Key: string, Body: Buffer, Metadata: Record<string, string> = {}) => {
  const s3 = localS3(bridge.cloud.cloud);
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, Metadata }));
  s3.destroy();
};

/** The event as AWS documents it, for another object. */
const eventOf = (key: string, size: number): string => {
  const detail = {
    ...dropped.event.detail,
    bucket: { name: BUCKET },
    object: { ...dropped.event.detail.object, key, size },
  };
  return JSON.stringify({ ...dropped.event, id: randomUUID(), account: ACCOUNT, detail });
};

/** @returns how many rules match */
const deliver = async (world: World, key: string, size: number): Promise<number> => {
  const event = eventOf(key, size);
  const matching = world.template.eventRules.filter(({ pattern }) => {
    const resolved = JSON.stringify(pattern).replaceAll('{"Ref":"AWS::AccountId"}', JSON.stringify(ACCOUNT));
    return matchesPattern(JSON.parse(resolved), JSON.parse(event));
  });
  for (const rule of matching) {
    assert.equal(world.bridge.physical.get(rule.queue), world.bridge.queuesOf('receive')[0]?.url);
    await queue(world, event);
  }
  return matching.length;
};

const queue = ({ bridge }: World, MessageBody: string) =>
  bridge.sqs.send(new SendMessageCommand({ QueueUrl: bridge.queuesOf('receive')[0]?.url, MessageBody }));

const arrives = async ({ bridge }: World, chat: string, count: number) => {
  await until(() => bridge.sentTo(chat).length >= count || undefined, SENT_MS);
  assert.equal(bridge.sentTo(chat).length, count, bridge.log().slice(-5).join('\n'));
};

const logged = async ({ bridge }: World, text: string, count: number) => {
  const lines = () => bridge.functions.receive.log().filter((line) => line.includes(text));
  assert.ok(
    await until(() => lines().length >= count || undefined),
    `receive has written ${lines().length} times ${text}`,
  );
};
