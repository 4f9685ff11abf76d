import http from 'node:http';
import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  type GlobalSecondaryIndexDescription,
} from '@aws-sdk/client-dynamodb';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { REGION, TABLE } from '../../local/cloud/resources.ts';
import { type Listening, listen } from '../../local/loopback/listen.ts';
import { type Item, sums, writeUnits } from './capacity.ts';

/** The requests of one function to AWS. */
export interface Counted {
  /** By service and operation, such as `sqs SendMessage`. */
  requests: Record<string, number>;
  readUnits: number;
  writeUnits: number;
  /** The write units on each key of an index; `writeUnits` includes them. */
  keyUnits: Record<string, number>;
  /** Bytes of objects that were read from S3. */
  objectBytes: number;
}

export const nothingCounted = (): Counted => ({
  requests: {},
  readUnits: 0,
  writeUnits: 0,
  keyUnits: {},
  objectBytes: 0,
});

export interface CountingProxy extends Listening {
  /** Returns the counts since the last call. */
  take(): Counted;
}

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];

/** Passes requests on to one emulator, and counts them by the names that AWS bills them under. */
export const countingProxy = async (
  service: 's3' | 'sqs' | 'dynamodb',
  target: Listening,
  indexes: readonly GlobalSecondaryIndexDescription[] = [],
): Promise<CountingProxy> => {
  let counted = nothingCounted();
  const database = new DynamoDBClient({ endpoint: target.url, region: REGION, credentials: LOCAL_CREDENTIALS });
  const itemAt = async (Key: Record<string, AttributeValue>): Promise<Item | undefined> =>
    (await database.send(new GetItemCommand({ TableName: TABLE, Key, ConsistentRead: true }))).Item;

  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const operation = service === 's3' ? s3Operation(request) : targetOf(request);
    counted.requests[`${service} ${operation}`] = (counted.requests[`${service} ${operation}`] ?? 0) + 1;
    if (service !== 'dynamodb') {
      const answer = await passOn(target, request, body);
      if (operation.startsWith('GetObject')) counted.objectBytes += answer.body.length;
      return give(response, answer);
    }
    const asked = JSON.parse(body.toString());
    const key = asked.Key ?? (asked.Item && { pk: asked.Item.pk });
    const before = WRITES.includes(operation) ? await itemAt(key) : undefined;
    const counting = Buffer.from(JSON.stringify({ ...asked, ReturnConsumedCapacity: 'INDEXES' }));
    const answer = await passOn(target, request, counting);
    if (answer.status >= 500) throw new Error(`the emulator answered ${answer.status} ${answer.body}`);
    const consumed = [JSON.parse(answer.body.toString()).ConsumedCapacity ?? []].flat();
    if (WRITES.includes(operation)) {
      const units = writeUnits(before, await itemAt(key), indexes);
      const [theirs] = consumed;
      if (theirs && theirs.CapacityUnits !== units.table)
        throw new Error(
          `${operation} ${key.pk.S}: we count ${units.table} units, the emulator ${theirs.CapacityUnits}`,
        );
      counted.writeUnits += units.table + Object.values(units.keys).reduce((all, one) => all + one, 0);
      counted.keyUnits = sums(counted.keyUnits, units.keys);
    } else {
      for (const { CapacityUnits } of consumed) counted.readUnits += CapacityUnits;
    }
    give(response, answer);
  });
  const listening = await listen(server, 0);
  return {
    ...listening,
    take() {
      const taken = counted;
      counted = nothingCounted();
      return taken;
    },
    async stop() {
      database.destroy();
      await listening.stop();
    },
  };
};

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** Keeps the client's Host header, since signatures cover it. */
const passOn = (target: Listening, { method, url, headers }: http.IncomingMessage, body: Buffer): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { 'content-length': _, 'transfer-encoding': __, ...others } = headers;
    const onward = http.request(
      {
        host: '127.0.0.1',
        port: target.port,
        method,
        path: url,
        headers: { ...others, 'content-length': body.length },
      },
      async (answer) => {
        const given = Buffer.concat(await answer.toArray());
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: given });
      },
    );
    onward.on('error', reject);
    onward.end(body);
  });

const give = (response: http.ServerResponse, { status, headers, body }: Answer) => {
  const { 'transfer-encoding': _, ...others } = headers;
  const length = headers['content-length'] === undefined ? { 'content-length': body.length } : {}; // HEAD has its own
  response.writeHead(status, { ...others, ...length }).end(body);
};

const targetOf = ({ headers }: http.IncomingMessage): string => String(headers['x-amz-target']).replace(/^.*\./, '');

/** S3 names its operations by method, path and query. */
const s3Operation = ({ method = '', url = '', headers }: http.IncomingMessage): string => {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const isBucket = /^\/[^/]+\/?$/.test(pathname);
  if (method === 'GET' && isBucket) return 'ListObjectsV2';
  if (method === 'GET') return searchParams.has('X-Amz-Signature') ? 'GetObject, presigned' : 'GetObject';
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'DELETE') return 'DeleteObject';
  if (method === 'PUT' && headers['x-amz-copy-source']) return 'CopyObject';
  if (method === 'PUT') return searchParams.has('partNumber') ? 'UploadPart' : 'PutObject';
  if (method === 'POST') return searchParams.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
  throw new Error(`nothing here knows S3's ${method} ${url}`);
};
