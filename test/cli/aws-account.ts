import type { ServerResponse } from 'node:http';
import { type Asked, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

export interface StackResource {
  type: string;
  id: string;
  status?: string;
}

/** An AWS account on loopback for a deploy and a destroy: STS, SSM, CloudFormation, S3, DynamoDB, SQS and Lambda. */
export interface AwsAccount {
  server: ScriptedHttp;
  /** SSM. */
  parameters: Map<string, string>;
  /** CloudFormation: the resources of each existing stack. */
  stacks: Map<string, StackResource[]>;
  /** Deleted stacks, each with its id. */
  deleted: { name: string; id: string; resources: StackResource[] }[];
  /** S3: the keys in each bucket. */
  buckets: Map<string, Set<string>>;
  tables: Set<string>;
  queues: Set<string>;
  /** STS refuses every request with this error. */
  refusal: { status: number; code: string; message: string } | undefined;
  /** The variables that direct a process to this account. */
  environment: Record<string, string>;
  reset(): void;
}

export const ACCOUNT = '123456789012';
export const ARN = `arn:aws:sts::${ACCOUNT}:assumed-role/Deployer/dana`;

export const awsAccount = async (): Promise<AwsAccount> => {
  const account: Omit<AwsAccount, 'server' | 'environment' | 'reset'> = {
    parameters: new Map(),
    stacks: new Map(),
    deleted: [],
    buckets: new Map(),
    tables: new Set(),
    queues: new Set(),
    refusal: undefined,
  };
  const server = await scriptedHttp((asked, response) => {
    const target = String(asked.headers['x-amz-target'] ?? '');
    if (target.startsWith('AmazonSSM.')) return ssm(account, target, asked, response);
    if (target.endsWith('.DescribeTable'))
      return look(account.tables, bodyOf(asked).TableName, 'ResourceNotFoundException', response);
    if (target.endsWith('.GetQueueAttributes'))
      return look(account.queues, bodyOf(asked).QueueUrl, 'QueueDoesNotExist', response);
    if (target.startsWith('DynamoDB_'))
      return remove(account.tables, bodyOf(asked).TableName, 'ResourceNotFoundException', response);
    if (target.startsWith('AmazonSQS.'))
      return remove(account.queues, bodyOf(asked).QueueUrl, 'QueueDoesNotExist', response);
    if (asked.url.startsWith('/2016-08-19/account-settings')) return accountSettings(response);
    const form = new URLSearchParams(asked.body.toString());
    if (form.get('Action') === 'GetCallerIdentity') return sts(account.refusal, response);
    if (form.has('Action')) return cloudFormation(account, form, response);
    return s3(account, asked, response);
  });
  return Object.assign(account, {
    server,
    environment: {
      AWS_ENDPOINT_URL: server.origin,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'key-of-a-test',
      AWS_SECRET_ACCESS_KEY: 'secret-of-a-test',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    reset() {
      for (const each of [account.parameters, account.stacks, account.buckets, account.tables, account.queues])
        each.clear();
      account.deleted.length = 0;
      account.refusal = undefined;
      server.asked.length = 0;
    },
  });
};

type State = Omit<AwsAccount, 'server' | 'environment' | 'reset'>;

// The SDKs send these bodies.
const bodyOf = ({ body }: Asked): Record<string, string> => JSON.parse(body.toString());

const answerJson = (response: ServerResponse, status: number, value: unknown) =>
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value));
const answerXml = (response: ServerResponse, status: number, xml: string) =>
  response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
const queryError = (response: ServerResponse, status: number, code: string, message: string) =>
  answerXml(
    response,
    status,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );

const sts = (refusal: State['refusal'], response: ServerResponse) => {
  if (refusal) return queryError(response, refusal.status, refusal.code, refusal.message);
  const result = `<Arn>${ARN}</Arn><UserId>AROA:dana</UserId><Account>${ACCOUNT}</Account>`;
  return answerXml(
    response,
    200,
    `<GetCallerIdentityResponse><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
  );
};

const ssm = ({ parameters }: State, target: string, asked: Asked, response: ServerResponse) => {
  const body = JSON.parse(asked.body.toString());
  const shown = (Name: string) => ({ Name, Type: 'SecureString', Value: parameters.get(Name) });
  if (target === 'AmazonSSM.GetParameter') {
    if (!parameters.has(body.Name)) return answerJson(response, 400, { __type: 'ParameterNotFound' });
    return answerJson(response, 200, { Parameter: shown(body.Name) });
  }
  const [there, absent] = [(name: string) => parameters.has(name), (name: string) => !parameters.has(name)];
  return answerJson(response, 200, {
    Parameters: body.Names.filter(there).map(shown),
    InvalidParameters: body.Names.filter(absent),
  });
};

const cloudFormation = ({ stacks, deleted }: State, form: URLSearchParams, response: ServerResponse) => {
  const action = form.get('Action');
  const result = (xml: string) =>
    answerXml(response, 200, `<${action}Response><${action}Result>${xml}</${action}Result></${action}Response>`);
  if (action === 'ListStacks') {
    const members = deleted.map(
      ({ name, id }) =>
        `<member><StackName>${name}</StackName><StackId>${id}</StackId><StackStatus>DELETE_COMPLETE</StackStatus><CreationTime>2026-11-01T00:00:00Z</CreationTime></member>`,
    );
    return result(`<StackSummaries>${members.join('')}</StackSummaries>`);
  }
  const name = form.get('StackName') ?? '';
  const resources = stacks.get(name) ?? deleted.find(({ id }) => id === name)?.resources;
  if (!resources) return queryError(response, 400, 'ValidationError', `Stack with id ${name} does not exist`);
  const members = resources.map(
    ({ type, id, status = 'CREATE_COMPLETE' }) =>
      `<member><LogicalResourceId>${type.replaceAll(':', '')}</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>${status}</ResourceStatus><LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp></member>`,
  );
  return result(`<StackResourceSummaries>${members.join('')}</StackResourceSummaries>`);
};

const look = (at: Set<string>, name: string | undefined, absent: string, response: ServerResponse) =>
  at.has(name ?? '') ? answerJson(response, 200, {}) : answerJson(response, 400, { __type: absent });

const remove = (from: Set<string>, name: string | undefined, absent: string, response: ServerResponse) =>
  from.delete(name ?? '') ? answerJson(response, 200, {}) : answerJson(response, 400, { __type: absent });

/** At most two keys a page, so that a bucket needs several pages to be emptied. */
const s3 = ({ buckets }: State, { method, url, body }: Asked, response: ServerResponse) => {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const name = pathname.split('/')[1] ?? '';
  const keys = buckets.get(name);
  if (!keys) return answerXml(response, 404, '<Error><Code>NoSuchBucket</Code></Error>');
  if (method === 'HEAD') return response.writeHead(200).end();
  if (searchParams.has('uploads')) return answerXml(response, 200, '<ListMultipartUploadsResult/>');
  if (searchParams.has('versions')) {
    const versions = [...keys]
      .slice(0, 2)
      .map((key) => `<Version><Key>${key}</Key><VersionId>null</VersionId></Version>`);
    return answerXml(response, 200, `<ListVersionsResult>${versions.join('')}</ListVersionsResult>`);
  }
  if (searchParams.has('delete')) {
    for (const [, key = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) keys.delete(key);
    return answerXml(response, 200, '<DeleteResult/>');
  }
  if (method === 'DELETE' && keys.size === 0) {
    buckets.delete(name);
    return response.writeHead(204).end();
  }
  return answerXml(response, 409, '<Error><Code>BucketNotEmpty</Code></Error>');
};

const accountSettings = (response: ServerResponse) =>
  answerJson(response, 200, { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 } });
