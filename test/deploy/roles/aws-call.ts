import type http from 'node:http';

/** An action on a resource that IAM must allow for a request. */
export interface Need {
  action: string;
  resource: string;
}
export interface AwsCall {
  service: string;
  /** The API's own name of the call, such as SendMessageBatch. */
  operation: string;
  accessKeyId: string;
  needs: readonly Need[];
  /** Whether the credentials are in the URL. */
  presigned: boolean;
  /** S3's bucket and key, if the call is about one object. */
  object?: { bucket: string; key: string };
}
export interface Where {
  account: string;
  region: string;
}

/**
 * Reads from a signed request what IAM would read: who asks for which actions on which resources.
 * Actions by https://docs.aws.amazon.com/service-authorization/latest/reference/
 * @throws Error for a call that this function does not know, so that every call is judged
 */
export const readCall = (request: http.IncomingMessage, body: Buffer, where: Where): AwsCall => {
  const url = new URL(request.url ?? '/', 'http://aws');
  const header = request.headers.authorization;
  const credential = /Credential=([^,\s]+)/.exec(header ?? '')?.[1] ?? url.searchParams.get('X-Amz-Credential') ?? '';
  const [accessKeyId = '', , , service = ''] = credential.split('/');
  const asked = { accessKeyId, service, presigned: header === undefined };
  if (service === 's3') return { ...asked, ...s3Call(request, url) };
  const operation = String(request.headers['x-amz-target']).split('.').pop() ?? '';
  const needs = JSON_NEEDS[service]?.(operation, JSON.parse(body.toString()), where);
  if (!needs) throw new Error(`nothing here knows the call ${service} ${operation} ${request.method} ${url.pathname}`);
  return { ...asked, operation, needs };
};

type Input = Record<string, unknown>;
const JSON_NEEDS: Readonly<Record<string, (operation: string, input: Input, where: Where) => Need[]>> = {
  sqs(operation, { QueueUrl }, { account, region }) {
    const name = String(QueueUrl).split('/').pop();
    // A batch call needs the right to the single call.
    return [{ action: `sqs:${operation.replace(/Batch$/, '')}`, resource: `arn:aws:sqs:${region}:${account}:${name}` }];
  },

  dynamodb(operation, { TableName, IndexName, RequestItems }, { account, region }) {
    const tables = RequestItems ? Object.keys(RequestItems) : [String(TableName)];
    const index = IndexName === undefined ? '' : `/index/${IndexName}`;
    const arn = (table: string) => `arn:aws:dynamodb:${region}:${account}:table/${table}${index}`;
    return tables.map((table) => ({ action: `dynamodb:${operation}`, resource: arn(table) }));
  },

  ssm(operation, { Names, Name, Path }, { account, region }) {
    const names = ([Names ?? Name ?? Path] as string[]).flat();
    const arn = (name: string) => `arn:aws:ssm:${region}:${account}:parameter${name}`;
    return names.map((name) => ({ action: `ssm:${operation}`, resource: arn(name) }));
  },
};

const s3Call = ({ method, headers }: http.IncomingMessage, { pathname, searchParams }: URL) => {
  const [bucket = '', ...rest] = decodeURIComponent(pathname.slice(1)).split('/');
  const key = rest.join('/');
  const has = (name: string) => searchParams.has(name);
  if (key === '') {
    const action = { GET: 's3:ListBucket', HEAD: 's3:ListBucket', DELETE: 's3:DeleteBucket' }[method ?? ''];
    if (!action || (method === 'GET' && !has('list-type'))) throw new Error(`nothing here knows ${method} of a bucket`);
    return { operation: action.slice(3), needs: [{ action, resource: `arn:aws:s3:::${bucket}` }] };
  }
  const object = { bucket, key };
  const resource = arnOf(object);
  const source = headers['x-amz-copy-source'];
  const one = (operation: string, action: string) => ({ object, operation, needs: [{ action, resource }] });
  if (method === 'GET' || method === 'HEAD') return one(method === 'GET' ? 'GetObject' : 'HeadObject', 's3:GetObject');
  if (method === 'PUT' && typeof source === 'string') {
    const from = `arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, '')}`;
    const needs = [
      { action: 's3:GetObject', resource: from },
      { action: 's3:PutObject', resource },
    ];
    return { object, operation: 'CopyObject', needs };
  }
  if (method === 'PUT') return one(has('uploadId') ? 'UploadPart' : 'PutObject', 's3:PutObject');
  if (method === 'POST' && has('uploads')) return one('CreateMultipartUpload', 's3:PutObject');
  if (method === 'POST' && has('uploadId')) return one('CompleteMultipartUpload', 's3:PutObject');
  if (method === 'DELETE' && has('uploadId')) return one('AbortMultipartUpload', 's3:AbortMultipartUpload');
  if (method === 'DELETE') return one('DeleteObject', 's3:DeleteObject');
  throw new Error(`nothing here knows ${method} of an object`);
};

const arnOf = ({ bucket, key }: { bucket: string; key: string }): string => `arn:aws:s3:::${bucket}/${key}`;
