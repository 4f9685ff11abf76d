import assert from 'node:assert/strict';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { REGION } from '../../../local/cloud/resources.ts';
import scheduled from '../../fixtures/lambda/scheduled.json' with { type: 'json' };
import { json, until, wav } from '../../world.ts';
import { ofType } from '../place.ts';
import { arrives, authorized, type Bridge, BUSY_MS, calls, deadLettered, posted, reaches, sentTo } from './bridge.ts';

// What ends a memo: the sweep, the expiry of its audio, an erasure.

const DAY_MS = 24 * 60 * 60 * 1000;

/** A check cannot wait for a schedule, so this changes the rows' times in the table. */
export const isSwept = async (of: Bridge) => {
  const { deployment } = of;
  const dynamodb = new DynamoDBClient({ endpoint: deployment.moto.url, region: REGION, credentials: deployment.admin });
  const [[tableId = ''] = []] = ofType(of.template.resources, 'AWS::DynamoDB::GlobalTable');
  const make = (id: string, set: string, values: Record<string, string>) =>
    dynamodb.send(
      new UpdateItemCommand({
        TableName: deployment.place.nameOf(tableId),
        Key: { pk: { S: id } },
        UpdateExpression: `SET ${set}`,
        ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },
        ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, S]) => [name, { S }])),
      }),
    );
  const fetched = await deadLettered(of);
  const stored = await arrives(of, deployment.media.serve(wav(2)));
  const old = await arrives(of, deployment.media.serve(wav(2)));
  const { audio } = await reaches(of, stored.id, ['sent']);
  await reaches(of, old.id, ['sent']);
  await expires(of, audio?.key ?? '');
  const longAgo = new Date(Date.now() - 40 * DAY_MS).toISOString();
  const recently = new Date(Date.now() - 2 * DAY_MS).toISOString();
  await make(fetched.id, '#state = :state, dueAt = :due, dueKey = :due, #at = :due', {
    ':state': 'received',
    ':due': recently,
  });
  await make(stored.id, '#state = :state, dueAt = :due, dueKey = :due, #at = :due', {
    ':state': 'stored',
    ':due': recently,
  });
  await make(old.id, '#at = :at, #state = :state', { ':at': longAgo, ':state': 'sent' });
  const swept = (await deployment.invoke('tend', scheduled)) as { queuedAgain: number; expired: number };
  assert.ok(swept.queuedAgain >= 2 && swept.expired === 1, JSON.stringify(swept));
  await reaches(of, fetched.id, ['sent']);
  assert.match((await reaches(of, stored.id, ['failed'])).reason ?? '', /expired/);
  assert.equal((await authorized(of, `/memos/${old.id}`)).status, 404);
  dynamodb.destroy();
};

/** Deletes audio that still must be sent, as the bucket's lifecycle does. */
const expires = async ({ deployment, template }: Bridge, Key: string) => {
  const s3 = new S3Client({ endpoint: deployment.moto.url, region: REGION, credentials: deployment.admin });
  const [[bucket = ''] = []] = ofType(template.resources, 'AWS::S3::Bucket');
  await s3.send(new DeleteObjectCommand({ Bucket: deployment.place.nameOf(bucket), Key }));
  s3.destroy();
};

export const isErased = async (of: Bridge) => {
  const from = '+12025550123';
  const audio = of.deployment.media.serve(wav(2));
  const { chat, id } = await arrives(of, audio, { from });
  await reaches(of, id, ['sent']);
  const [sent] = sentTo(of, chat);
  assert.equal((await fetch(sent?.url ?? '')).status, 200);
  const answer = await authorized(of, '/erase', posted({ phone: from }));
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.deepEqual((await json<{ erased: string[] }>(answer)).erased, [id]);
  assert.equal((await authorized(of, `/memos/${id}`)).status, 404);
  assert.equal((await fetch(sent?.url ?? '')).status, 404);
};

/**
 * The erasure happens while the audio is put: store finds the memo erased, and deletes the audio. On a busy machine a
 * request of store may exceed its time, and store begins again with nothing to delete. So more than one recording may be
 * needed to see the deletion. None of them may be left in the bucket or be sent.
 */
export const isErasedMeanwhile = async (of: Bridge) => {
  for (let tries = 1; tries <= MOST_ERASURES; tries += 1)
    if (await deletesWhatWasErased(of, `+1202555013${tries}`)) return;
  assert.fail(`store deleted nothing, of ${MOST_ERASURES} recordings`);
};
const MOST_ERASURES = 4;

/** @returns whether store itself deleted a copy */
const deletesWhatWasErased = async (of: Bridge, from: string): Promise<boolean> => {
  const { deployment } = of;
  const audio = wav(2);
  const isAwaited = Promise.withResolvers<void>();
  const url = deployment.media.serve(async (_request, response) => {
    await isAwaited.promise;
    response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': audio.length }).end(audio);
  });
  const { id, chat } = await arrives(of, url, { from });
  const isErased = Promise.withResolvers<void>();
  const isWritten = deployment.judge.hold(
    ({ by, call }) => by === 'store' && call.operation === 'PutObject' && isUnder(`audio/${id}/`, call.object?.key),
    isErased.promise,
  );
  isAwaited.resolve();
  await isWritten;
  const answer = await authorized(of, '/erase', posted({ phone: from })).finally(isErased.resolve);
  assert.equal(answer.status, 200, await answer.text());
  const deletions = () => calls(of, 'store', 'DeleteObject', id).length;
  const isDeleted = await until(() => deletions() > 0 || undefined, BUSY_MS / MOST_ERASURES);
  const left = await until(async () => ((await keysUnder(of, `audio/${id}/`)) === 0 ? 'none' : undefined));
  assert.equal(left, 'none', 'a copy stays in the bucket');
  assert.equal(sentTo(of, chat).length, 0);
  return isDeleted === true;
};

const isUnder = (prefix: string, key = ''): boolean => key.startsWith(prefix);

const keysUnder = async ({ deployment, template }: Bridge, Prefix: string): Promise<number> => {
  const s3 = new S3Client({ endpoint: deployment.moto.url, region: REGION, credentials: deployment.admin });
  const [[bucket = ''] = []] = ofType(template.resources, 'AWS::S3::Bucket');
  const { KeyCount = 0 } = await s3.send(new ListObjectsV2Command({ Bucket: deployment.place.nameOf(bucket), Prefix }));
  s3.destroy();
  return KeyCount;
};
