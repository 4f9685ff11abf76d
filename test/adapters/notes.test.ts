import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe } from 'vitest';
import { dynamodbNotes } from '../../functions/adapters/notes.dynamodb.ts';
import { TABLE } from '../../local/resources.ts';
import { notesContract } from '../contracts/notes.ts';
import { dynamodbHome } from '../fakes/dynamodb.ts';
import { memoryNotes } from '../fakes/notes.memory.ts';

describe('in memory', () => {
  notesContract(async () => ({ notes: (clock) => memoryNotes({ clock }), stop: async () => {} }));
});

describe('in DynamoDB', () => {
  notesContract(async () => {
    const { client, stop } = await dynamodbHome();
    return { notes: (clock) => dynamodbNotes(DynamoDBDocumentClient.from(client), { table: TABLE, clock }), stop };
  });
});
