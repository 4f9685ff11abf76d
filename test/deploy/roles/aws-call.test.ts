import type http from 'node:http';
import { describe, expect, test } from 'vitest';
import { readCall } from './aws-call.ts';

const where = { account: '123456789012', region: 'eu-west-1' };
const read = (method: string, url: string, headers: Record<string, string> = {}, body = '', service = 's3') => {
  const authorization = `AWS4-HMAC-SHA256 Credential=ASIAX/20260101/eu-west-1/${service}/aws4_request, Signature=x`;
  const request = { method, url, headers: { authorization, ...headers } };
  return readCall(request as unknown as http.IncomingMessage, Buffer.from(body), where); // all that it reads
};
const json = (service: string, target: string, input: object) =>
  read('POST', '/', { 'x-amz-target': target }, JSON.stringify(input), service).needs;

describe('S3: which right a request needs', () => {
  const object = 'arn:aws:s3:::bucket/audio/m_a/1.mp3';
  test.each([
    ['GET', '/bucket/audio/m_a/1.mp3', 's3:GetObject', object],
    ['HEAD', '/bucket/audio/m_a/1.mp3', 's3:GetObject', object],
    ['PUT', '/bucket/audio/m_a/1.mp3?x-id=PutObject', 's3:PutObject', object],
    ['PUT', '/bucket/audio/m_a/1.mp3?partNumber=1&uploadId=u', 's3:PutObject', object],
    ['POST', '/bucket/audio/m_a/1.mp3?uploads', 's3:PutObject', object],
    ['POST', '/bucket/audio/m_a/1.mp3?uploadId=u', 's3:PutObject', object],
    ['DELETE', '/bucket/audio/m_a/1.mp3?uploadId=u', 's3:AbortMultipartUpload', object],
    ['DELETE', '/bucket/audio/m_a/1.mp3', 's3:DeleteObject', object],
    ['GET', '/bucket/?list-type=2&prefix=audio%2F', 's3:ListBucket', 'arn:aws:s3:::bucket'],
    ['GET', '/bucket/in%20box/a%2Bb', 's3:GetObject', 'arn:aws:s3:::bucket/in box/a+b'],
  ])('%s %s', (method, url, action, resource) => {
    expect(read(method, url).needs).toEqual([{ action, resource }]);
  });

  test('a copy reads its source and writes its end', () => {
    expect(read('PUT', '/bucket/audio/b', { 'x-amz-copy-source': 'bucket/inbox/a' }).needs).toEqual([
      { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/inbox/a' },
      { action: 's3:PutObject', resource: 'arn:aws:s3:::bucket/audio/b' },
    ]);
  });

  test('a presigned URL is judged as the one who signed it', () => {
    const url = '/bucket/audio/a?X-Amz-Credential=ASIAY%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=x';
    const request = { method: 'GET', url, headers: {} } as unknown as http.IncomingMessage;
    expect(readCall(request, Buffer.alloc(0), where)).toMatchObject({ accessKeyId: 'ASIAY', presigned: true });
  });
});

test('SQS: a batch needs the right to the single call', () => {
  const input = { QueueUrl: 'http://127.0.0.1:1/123456789012/memos.fifo' };
  const resource = 'arn:aws:sqs:eu-west-1:123456789012:memos.fifo';
  expect(json('sqs', 'AmazonSQS.SendMessageBatch', input)).toEqual([{ action: 'sqs:SendMessage', resource }]);
});

test('DynamoDB: a table, an index, and each table of a batch', () => {
  const table = 'arn:aws:dynamodb:eu-west-1:123456789012:table/T';
  const target = (operation: string) => `DynamoDB_20120810.${operation}`;
  expect(json('dynamodb', target('GetItem'), { TableName: 'T' })).toEqual([
    { action: 'dynamodb:GetItem', resource: table },
  ]);
  expect(json('dynamodb', target('Query'), { TableName: 'T', IndexName: 'i' })).toEqual([
    { action: 'dynamodb:Query', resource: `${table}/index/i` },
  ]);
  const items = { RequestItems: { T: {}, U: {} } };
  expect(json('dynamodb', target('BatchGetItem'), items).map(({ resource }) => resource)).toEqual([
    table,
    table.replace(/T$/, 'U'),
  ]);
});

test('SSM: each parameter by itself', () => {
  const input = { Names: ['/aftercall/prod/A', '/aftercall/prod/B'] };
  expect(json('ssm', 'AmazonSSM.GetParameters', input).map(({ resource }) => resource)).toEqual([
    'arn:aws:ssm:eu-west-1:123456789012:parameter/aftercall/prod/A',
    'arn:aws:ssm:eu-west-1:123456789012:parameter/aftercall/prod/B',
  ]);
});

test.each([
  ['PATCH', '/bucket/key', 's3'],
  ['GET', '/bucket/?acl', 's3'],
  ['POST', '/', 'kms'],
])('a call that it does not know is not passed over: %s %s of %s', (method, url, service) => {
  expect(() => read(method, url, {}, '{}', service)).toThrow('nothing here knows');
});
