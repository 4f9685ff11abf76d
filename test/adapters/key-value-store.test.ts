import { describe, expect, test } from 'vitest';
import { dynamodbKeyValueStore } from '../../functions/adapters/key-value-store.dynamodb.ts';
import { keyValueStoreContract } from '../contracts/key-value-store.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { dynamodbHome } from '../fakes/dynamodb.ts';
import { memoryKeyValueStore } from '../fakes/key-value-store.memory.ts';

describe('in memory', () => {
  keyValueStoreContract(async () => ({ keyValues: (clock) => memoryKeyValueStore({ clock }), stop: async () => {} }));
});

describe('in DynamoDB', () => {
  keyValueStoreContract(async () => {
    const { documents, table, stop } = await dynamodbHome();
    return { keyValues: (clock) => dynamodbKeyValueStore(documents, { table, clock }), stop };
  });
});

test('a note that is removed has expired a moment ago: DynamoDB leaves alone what is older than five years', async () => {
  const { documents, table, item, stop } = await dynamodbHome();
  const clock = manualClock();
  const keyValues = dynamodbKeyValueStore(documents, { table, clock });
  await keyValues.write('note#1', { chat: 'a' }, 60_000);
  await keyValues.remove('note#1');
  expect(await item('note#1')).toEqual({ pk: 'note#1', v: 1, facts: {}, expiresAt: Math.floor(clock.nowMs() / 1000) });
  await stop();
});
