import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TABLE } from '../../local/cloud/resources.ts';
import { json, standardWebhook, startWorld, type World, wav } from '../world.ts';
import { recordOutput } from './record-output.ts';

let world: World;
let logged: readonly string[];
beforeAll(async () => {
  logged = recordOutput();
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  vi.restoreAllMocks();
});

const call = async (chat: string): Promise<string> => {
  const data = { id: `rec_${randomUUID()}`, recording_url: world.media.serve(wav(2)) };
  const { body } = await world.post(
    `/hooks/standard-webhooks?chat=${chat}`,
    standardWebhook(world.secrets.standardWebhooks, data),
  );
  return String((body.memos as string[])[0]); // a cast: a chat in the hook URL makes one memo
};
const suppressions = async (path: string, body: object) =>
  json(await world.api(`/suppressions${path}`, { method: 'POST', body: JSON.stringify(body) }));
const everyRow = async (): Promise<string> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const { Items = [], LastEvaluatedKey } = await client.send(new ScanCommand({ TableName: TABLE }));
  client.destroy();
  expect(LastEvaluatedKey).toBeUndefined();
  return JSON.stringify(Items);
};
const replay = async (memo: string) => json(await world.api(`/memos/${memo}/replay?force=true`, { method: 'POST' }));

test('whom an operator has stopped gets nothing, by force neither, and what was held back once they are off', async () => {
  const chat = randomUUID();
  expect(await suppressions('', { chat, reason: 'asked on the phone' })).toMatchObject({ suppressed: true });
  const held = await call(chat);
  expect(await world.reaches(held, 'skipped')).toMatchObject({
    reason: 'the recipient is on the suppression list: asked on the phone',
  });
  expect(await replay(held)).toMatchObject({ says: '1 held back by the suppression list' });

  expect(await suppressions('/remove', { chat })).toMatchObject({ suppressed: false, removed: [{ by: 'hand' }] });
  expect(await replay(held)).toMatchObject({ says: '1 will be sent' });
  await world.reaches(held, 'sent');
  expect(world.linq.sent.filter((sent) => sent.chat === chat)).toHaveLength(1);
});

test('a stop by number leaves that number nowhere: in no row and in no log', async () => {
  const phone = '+12025550178';
  expect(await suppressions('', { phone })).toMatchObject({ suppressed: true });
  expect(await suppressions('/show', { phone: '+1 (202) 555-0178' })).toMatchObject({
    suppressed: true,
    suppressions: [{ by: 'hand' }],
  });
  const rows = await everyRow();
  expect(rows).toContain('stop#hand#');
  expect((rows + logged.join('')).replaceAll(/[^\d]/g, '')).not.toContain('2025550178');
});
