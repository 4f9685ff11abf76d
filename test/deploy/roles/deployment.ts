import { fileURLToPath } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { FunctionName } from '../../../infra/secrets.ts';
import { startPoller } from '../../../local/bridge/poller.ts';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/credentials.ts';
import { REGION } from '../../../local/cloud/resources.ts';
import type { Listening } from '../../../local/loopback/listen.ts';
import { createResources } from '../../engines/create-resources.ts';
import { startGateway as startSerialGateway } from '../../engines/gateway.ts';
import { ACCOUNT, startMoto } from '../../engines/moto.ts';
import { createEventRule, createUserBuckets } from '../../engines/moto-events.ts';
import { type ScriptedLinq, scriptedLinq } from '../../scripted-linq.ts';
import { type MediaHost, mediaHost } from '../../world.ts';
import { type ConnectApi, startConnectApi } from '../connect-api.ts';
import { type RunningFunction, startFunction } from '../lambda/function.ts';
import { startGateway } from '../lambda/gateway.ts';
import { type Place, resolverOf } from '../place.ts';
import type { MappingInTemplate, Template } from '../template.ts';
import { type Judge, type Principal, startJudge } from './judge.ts';
import { assumeRole, enforceRights, type RoleCredentials } from './moto-account.ts';
import { type Role, rolesOf } from './rights.ts';

/**
 * The template on moto: each built function runs in its own process, with the credentials and rights of its own role.
 */
export interface RolesDeployment {
  url: string;
  linq: ScriptedLinq;
  media: MediaHost;
  connect: ConnectApi;
  judge: Judge;
  /** A judge that refuses nothing itself, so that moto answers every call. */
  asking: Judge;
  /** moto itself; it also enforces rights. */
  moto: Listening;
  place: Place;
  roles: readonly (Role & { credentials: RoleCredentials })[];
  /** A role with every right, for the test's own requests. */
  admin: RoleCredentials;
  resolve: (value: unknown) => unknown;
  invoke(name: FunctionName, event: unknown): Promise<unknown>;
  log(): string[];
  stop(): Promise<void>;
}

const client = fileURLToPath(new URL('node-runtime-client.ts', import.meta.url));
/** Set only in this deployment: waits are a twentieth. */
const TIME_SCALE = '0.05';
const IN_HAND = 2;

export interface RolesOptions {
  /** The path of moto's server. */
  program: string;
  template: Template;
  prefix: string;
  /** The values of the SSM parameters under the prefix. */
  secrets: Readonly<Record<string, string>>;
  /** The names of the buckets of the user, which are no resources of the stack. */
  userBuckets: readonly string[];
}

export const deployWithRoles = async (options: RolesOptions): Promise<RolesDeployment> => {
  const { program, template, prefix, secrets, userBuckets } = options;
  const { resources } = template;
  const [moto, media, linq, connect] = await Promise.all([
    startMoto(program),
    mediaHost(),
    scriptedLinq(),
    startConnectApi(),
  ]);
  const serial = await startSerialGateway(moto);
  const byId = new Map<string, RunningFunction>();
  const functionOf = (id: string): RunningFunction => {
    const found = byId.get(id);
    if (!found) throw new Error(`the template names ${id}, which is no function of it`);
    return found;
  };
  const frontDoor = await startGateway(template, functionOf);
  const places = (sqsUrl: string): Place => ({
    account: ACCOUNT,
    region: REGION,
    sqsUrl,
    apiUrl: frontDoor.url,
    nameOf: (id) => nameOf(id, template),
  });
  await createResources(moto.url, template.resources, places(moto.url));
  await createUserBuckets(moto.url, userBuckets);
  const resolveAtMoto = resolverOf(resources, places(moto.url));
  for (const { id, pattern, queue } of template.eventRules) {
    const queueArn = String(resolveAtMoto({ 'Fn::GetAtt': [queue, 'Arn'] }));
    await createEventRule(moto.url, { name: id, pattern: resolveAtMoto(pattern), queueArn });
  }
  await putSecrets(moto.url, prefix, { ...secrets, LINQ_API_V3_API_KEY: linq.key });
  const found = rolesOf(template, places(moto.url));
  const roles = await Promise.all(
    found.map(async (role) => ({ ...role, credentials: await assumeRole(moto.url, ACCOUNT, role) })),
  );
  const everything = [{ effect: 'Allow' as const, actions: ['*'], resources: ['*'] }];
  const adminRole = { name: 'admin' as FunctionName, trust: found[0]?.trust, documents: [], statements: everything };
  const admin = await assumeRole(moto.url, ACCOUNT, adminRole);
  await enforceRights(moto.url);

  const clients: { destroy(): void }[] = [];
  const principals = roles.map(({ name, statements, credentials }): Principal => {
    const s3 = new S3Client({ endpoint: moto.url, region: REGION, credentials });
    clients.push(s3);
    return { name, statements, accessKeyId: credentials.accessKeyId, s3 };
  });
  const judge = await startJudge(serial, { account: ACCOUNT, region: REGION }, principals);
  const asking = await startJudge(serial, { account: ACCOUNT, region: REGION }, principals, { refuses: false });
  const place = places(judge.url);
  const resolve = resolverOf(resources, place);
  const usageByFunction = new Map();
  for (const of of template.functions) {
    const credentials = roles.find(({ name }) => name === of.name)?.credentials;
    const own = Object.entries(of.environment).map(([name, value]) => [name, String(resolve(value))]);
    const variables = { ...environment(judge.url, credentials, { linq, media, connect }), ...Object.fromEntries(own) };
    byId.set(of.id, startFunction(of, { runtimeClient: client, usageByFunction, variables }));
  }
  const pollers = template.mappings.map((mapping) => {
    const name = template.functions.find(({ id }) => id === mapping.function)?.name;
    const credentials = roles.find((role) => role.name === name)?.credentials;
    const sqs = new SQSClient({ endpoint: judge.url, region: REGION, ...(credentials && { credentials }) });
    clients.push(sqs);
    return startMapping(mapping, functionOf(mapping.function), sqs, resolve);
  });
  return {
    url: frontDoor.url,
    linq,
    media,
    connect,
    judge,
    asking,
    moto,
    place,
    roles,
    admin,
    resolve,
    async invoke(name, event) {
      const id = template.functions.find((of) => of.name === name)?.id ?? name;
      return answerOf(await functionOf(id).invoke(event));
    },
    log: () => [...byId.values()].flatMap((running) => running.log()),
    async stop() {
      await frontDoor.stop();
      await Promise.all(pollers.map((poller) => poller.stop()));
      await Promise.all([...byId.values()].map((running) => running.stop()));
      for (const one of clients) one.destroy();
      await Promise.all([judge.stop(), asking.stop(), serial.stop(), media.stop(), linq.stop(), connect.stop()]);
      await moto.stop();
    },
  };
};

/** Names as CloudFormation makes them: a bucket in lower case, a FIFO queue with its suffix. */
const nameOf = (id: string, { resources }: Template): string => {
  const { Type, Properties = {} } = resources[id] ?? { Type: '' };
  if (Type === 'AWS::S3::Bucket') return id.toLowerCase();
  return Type === 'AWS::SQS::Queue' && Properties.FifoQueue === true ? `${id}.fifo` : id;
};

const environment = (
  endpoint: string,
  credentials: RoleCredentials | undefined,
  { linq, media, connect }: Pick<RolesDeployment, 'linq' | 'media' | 'connect'>,
) => ({
  AWS_REGION: REGION,
  AWS_ENDPOINT_URL: endpoint,
  CONNECT_API_URL: connect.url,
  AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
  AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  AWS_SESSION_TOKEN: credentials?.sessionToken ?? '',
  LINQ_API_V3_BASE_URL: linq.url,
  AFTERCALL_ALLOW_HOSTS: [media, connect].map(({ url }) => new URL(url).host).join(),
  AFTERCALL_TIME_SCALE: TIME_SCALE,
});

/** Lambda's event source mapping. It receives and deletes messages with the rights of the function's role. */
const startMapping = (
  { queue, batchSize }: MappingInTemplate,
  running: RunningFunction,
  client: SQSClient,
  resolve: (value: unknown) => unknown,
) =>
  startPoller({
    client,
    queueUrl: String(resolve({ Ref: queue })),
    queueArn: String(resolve({ 'Fn::GetAtt': [queue, 'Arn'] })),
    batchSize,
    concurrency: IN_HAND,
    // Every mapping of the stack reports each failed record: test/infra/ tests that.
    handler: async (event: SQSEvent) => answerOf(await running.invoke(event)) as SQSBatchResponse,
  });

const answerOf = (outcome: Awaited<ReturnType<RunningFunction['invoke']>>): unknown => {
  if (outcome.kind === 'answer') return JSON.parse(outcome.payload);
  throw new Error(`the function gave no answer: ${JSON.stringify(outcome)}`);
};

const putSecrets = async (endpoint: string, prefix: string, secrets: Readonly<Record<string, string>>) => {
  const ssm = new SSMClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS });
  for (const [name, Value] of Object.entries(secrets)) {
    await ssm.send(new PutParameterCommand({ Name: prefix + name, Value, Type: 'SecureString' }));
  }
  ssm.destroy();
};
