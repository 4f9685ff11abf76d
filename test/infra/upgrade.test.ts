import { expect, test } from 'vitest';
import { s3Drop } from '../../functions/sources/s3-drop.ts';
import { sources, synthesise } from './synthesised.ts';

// What an update of a deployed stack must not change. CloudFormation makes a new resource for another logical id, key or queue type, and
// leaves the old one with its data. DynamoDB refuses another projection or key of an index, and more than one new or deleted index in an
// update. Whoever changes a line here also writes the steps of an update into docs/deploy.md.

const buckets = [{ name: 'acme-calls', prefix: 'calls/', source: 'drop' }];
const { other } = synthesise({ sources: { ...sources, drop: s3Drop() }, buckets });
const resources: Record<string, { Type: string; DeletionPolicy?: string; UpdateReplacePolicy?: string }> =
  other.template.toJSON().Resources;
const idsOf = (type: string) => Object.keys(other.template.findResources(type)).sort();

test('bucket, table and queues keep their logical ids', () => {
  expect(idsOf('AWS::S3::Bucket')).toEqual(['AftercallAudio3645551D']);
  expect(idsOf('AWS::DynamoDB::GlobalTable')).toEqual(['AftercallLedger5F007C59']);
  expect(idsOf('AWS::SQS::Queue')).toEqual([
    'AftercallDropsDeadLetters14A0AD8E',
    'AftercallDropsQueue9EE455DC',
    'AftercallMemosDeadLetters675E1771',
    'AftercallMemosQueue1CD14890',
    'AftercallRecordingsDeadLettersA43F29D3',
    'AftercallRecordingsQueue81B65146',
  ]);
});

test('they outlive an update that replaces them, and the stack', () => {
  const data = Object.entries(resources).filter(([, { Type }]) => /Bucket$|GlobalTable$|::Queue$/.test(Type));
  expect(data.length).toBe(8);
  for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of data)
    expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, 'RetainExceptOnCreate', 'Retain']);
});

test('the table keeps its key, and each index its name, keys and projection', () => {
  const [table] = Object.values(other.template.findResources('AWS::DynamoDB::GlobalTable'));
  const { KeySchema, GlobalSecondaryIndexes, AttributeDefinitions } = table?.Properties ?? {};
  const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' });
  const index = (IndexName: string, partition: string, sort = 'at') => ({
    IndexName,
    KeySchema: [hash(partition), { AttributeName: sort, KeyType: 'RANGE' }],
    Projection: { ProjectionType: 'KEYS_ONLY' },
  });
  expect(KeySchema).toEqual([hash('pk')]);
  expect(GlobalSecondaryIndexes).toEqual([
    index('newest', 'listed'),
    index('by-call', 'call'),
    index('by-source', 'source'),
    index('by-state', 'stateGroup'),
    index('due', 'listed', 'dueKey'),
  ]);
  expect(new Set(AttributeDefinitions.map(({ AttributeType }: { AttributeType: string }) => AttributeType))).toEqual(
    new Set(['S']),
  );
});

test('the queues keep their type: recordings and memos are FIFO, new objects are not', () => {
  const types = Object.entries(other.template.findResources('AWS::SQS::Queue')).map(
    ([id, { Properties }]) => `${id.replace(/[0-9A-F]{8}$/, '')} ${Properties.FifoQueue === true}`,
  );
  expect(types.sort()).toEqual([
    'AftercallDropsDeadLetters false',
    'AftercallDropsQueue false',
    'AftercallMemosDeadLetters true',
    'AftercallMemosQueue true',
    'AftercallRecordingsDeadLetters true',
    'AftercallRecordingsQueue true',
  ]);
});
