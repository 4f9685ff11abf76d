import http from 'node:http';
import { PARTS, urlOf } from '../../local/cloud/cloud-file.ts';
import { BUCKET, QUEUES, queueUrl, TABLE } from '../../local/cloud/resources.ts';
import { API_KEY, type World } from '../world.ts';

export interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Sends the request unchanged: fetch would set Host, and refuses to set some other headers. */
export const ask = (url: string, { method = 'GET', path = '/', headers = {}, body = '' }: Asked) =>
  new Promise<{ status: number; headers: http.IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const request = http.request(
      { hostname, port, method, path, headers: { ...headers, ...length } },
      async (response) => {
        const bytes = Buffer.concat(await response.toArray());
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString() });
      },
    );
    request.on('error', reject).end(body);
  });

export const signedWith = (accessKeyId: string, service: string) => {
  const scope = `${accessKeyId}/20261130/us-east-1/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
};

/** Every server of the world, with a request that it answers. `json` makes another request for an emulator. */
export const serversOf = (world: World) => {
  const { credentials, sandboxKey } = world.cloud.cloud;
  const json = (target: string, body: object, key = credentials.accessKeyId): Asked => ({
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      'x-amz-date': '20261130T110000Z',
      authorization: signedWith(key, 'any'),
    },
    body: JSON.stringify(body),
  });
  const sqs = urlOf(world.cloud.cloud, 'sqs');
  const receive = { QueueUrl: queueUrl(sqs, QUEUES.recordings) };
  const list = {
    path: `/${BUCKET}/?list-type=2`,
    headers: { authorization: signedWith(credentials.accessKeyId, 's3') },
  };
  return {
    s3: { url: urlOf(world.cloud.cloud, 's3'), good: list },
    sqs: { url: sqs, good: json('AmazonSQS.GetQueueAttributes', receive) },
    dynamodb: {
      url: urlOf(world.cloud.cloud, 'dynamodb'),
      good: json('DynamoDB_20120810.Scan', { TableName: TABLE }),
    },
    sandbox: {
      url: urlOf(world.cloud.cloud, 'sandbox'),
      good: { path: '/v3/webhook-subscriptions', headers: { authorization: `Bearer ${sandboxKey}` } },
    },
    bridge: { url: world.url, good: { path: '/memos', headers: { authorization: `Bearer ${API_KEY}` } } },
    json,
  };
};

export const SERVERS = [...PARTS, 'bridge'] as const;
