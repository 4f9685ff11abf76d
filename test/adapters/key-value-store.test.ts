import { describe, expect, test } from 'vitest';
import { dynamodbNotes } from '../../functions/adapters/key-value-store.dynamodb.ts';
import { notesContract } from '../contracts/key-value-store.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { dynamodbHome } from '../fakes/dynamodb.ts';
import { memoryNotes } from '../fakes/key-value-store.memory.ts';

describe('in memory', () => {
  notesContract(async () => ({ notes: (clock) => memoryNotes({ clock }), stop: async () => {} }));
});

describe('in DynamoDB', () => {
  notesContract(async () => {
    const { documents, table, stop } = await dynamodbHome();
    return { notes: (clock) => dynamodbNotes(documents, { table, clock }), stop };
  });
});

test('a note that is removed has expired a moment ago: DynamoDB leaves alone what is older than five years', async () => {
  const { documents, table, item, stop } = await dynamodbHome();
  const clock = manualClock();
  const notes = dynamodbNotes(documents, { table, clock });
  await notes.write('note#1', { chat: 'a' }, 60_000);
  await notes.remove('note#1');
  expect(await item('note#1')).toEqual({ pk: 'note#1', v: 1, facts: {}, expiresAt: Math.floor(clock.nowMs() / 1000) });
  await stop();
});
