import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { FunctionName } from '../../infra/secrets.ts';
import { startPoller } from '../../local/bridge/poller.ts';
import { startCloud } from '../../local/cloud/cloud.ts';
import { urlOf } from '../../local/cloud/cloud-file.ts';
import { REGION } from '../../local/cloud/resources.ts';
import { type ScriptedLinq, scriptedLinq } from '../scripted-linq.ts';
import { type MediaHost, mediaHost } from '../world.ts';
import { PREFIX } from './context.ts';
import { type RunningFunction, startFunction, type UsageByFunction } from './lambda/function.ts';
import { startGateway } from './lambda/gateway.ts';
import type { Outcome } from './lambda/runtime-api.ts';
import { type ParameterStore, startParameterStore } from './parameter-store.ts';
import { createResources, type Physical, resolve } from './resources.ts';
import type { MappingInTemplate, Template } from './template.ts';

export interface DeploymentOptions {
  /** The path of the program `aws-lambda-ric`. */
  runtimeClient: string;
  template: Template;
  usageByFunction: UsageByFunction;
  /** The values of the stage's SSM parameters. */
  secrets: Readonly<Record<string, string>>;
  /** The functions whose event source mappings run. The test itself reads the other queues. @default all */
  consumers?: readonly FunctionName[];
  /** By function, instead of the template's time-out. */
  timeoutMs?: Partial<Record<FunctionName, number>>;
  /** Variables in addition to the template's variables. */
  variables?: Readonly<Record<string, string>>;
  /** Hosts with their ports, besides the media host, that the functions may fetch from. @default none */
  allowHosts?: readonly string[];
}

/**
 * The template, deployed on this machine. Its functions run under AWS's runtime client; everything else runs on the
 * embedded cloud.
 */
export interface Deployment {
  /** The address of the HTTP API. */
  url: string;
  linq: ScriptedLinq;
  media: MediaHost;
  parameters: ParameterStore;
  cloud: Awaited<ReturnType<typeof startCloud>>;
  sqs: SQSClient;
  physical: Physical;
  functions: Readonly<Record<FunctionName, RunningFunction>>;
  /** The queues that a function consumes, in the order of its mappings in the template. */
  queuesOf(name: FunctionName): { url: string; arn: string }[];
  /** The log of all functions: to show why a check fails, and to search for text that must not be in a log. */
  log(): string[];
  stop(): Promise<void>;
}

/** How long running batches may continue when the deployment stops. */
const IN_HAND_MS = 3000;
/** The concurrency of a mapping for which Lambda itself would choose the concurrency. */
const UNLIMITED = 5;

export const deploy = async (options: DeploymentOptions): Promise<Deployment> => {
  const { template, consumers } = options;
  const data = mkdtempSync(join(tmpdir(), 'aftercall-deployed-'));
  const [cloud, media, linq, parameters] = await Promise.all([
    startCloud(data),
    mediaHost(),
    scriptedLinq(),
    startParameterStore(),
  ]);
  const physical = await createResources(template, cloud.cloud);
  const byId = new Map<string, RunningFunction>();
  const functionOf = (id: string): RunningFunction => {
    const found = byId.get(id);
    if (!found) throw new Error(`the template names ${id}, which is no function of it`);
    return found;
  };
  const gateway = await startGateway(template, functionOf);
  for (const [id, { Type }] of Object.entries(template.resources)) {
    if (Type === 'AWS::ApiGatewayV2::Api') physical.set(`${id}.ApiEndpoint`, gateway.url);
  }
  // A person puts the secrets under this prefix. A function that reads another prefix finds nothing.
  parameters.put(PREFIX, { ...options.secrets, LINQ_API_V3_API_KEY: linq.key });
  const services = {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: cloud.cloud.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.cloud.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: SESSION_TOKEN,
    AWS_ENDPOINT_URL_S3: urlOf(cloud.cloud, 's3'),
    AWS_ENDPOINT_URL_SQS: urlOf(cloud.cloud, 'sqs'),
    AWS_ENDPOINT_URL_DYNAMODB: urlOf(cloud.cloud, 'dynamodb'),
    AWS_ENDPOINT_URL_SSM: parameters.url,
    LINQ_API_V3_BASE_URL: linq.url,
    AFTERCALL_ALLOW_HOSTS: [new URL(media.url).host, ...(options.allowHosts ?? [])].join(),
  };
  for (const of of template.functions) {
    const own = Object.entries(of.environment).map(([name, value]) => [name, resolve(value, physical)] as const);
    const timeoutMs = options.timeoutMs?.[of.name];
    const started = startFunction(of, {
      runtimeClient: options.runtimeClient,
      usageByFunction: options.usageByFunction,
      variables: { ...services, ...options.variables, ...Object.fromEntries(own) },
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    byId.set(of.id, started);
  }
  const sqs = new SQSClient({
    endpoint: urlOf(cloud.cloud, 'sqs'),
    region: REGION,
    credentials: cloud.cloud.credentials,
  });
  const idOf = (name: FunctionName) => template.functions.find((of) => of.name === name)?.id ?? name;
  const mappings = template.mappings.filter(
    ({ function: id }) => !consumers || consumers.some((name) => idOf(name) === id),
  );
  const pollers = mappings.map((mapping) => startMapping(mapping, functionOf(mapping.function), physical, sqs));
  const names = template.functions.map(({ name }) => name);

  return {
    url: gateway.url,
    linq,
    media,
    parameters,
    cloud,
    sqs,
    physical,
    functions: Object.fromEntries(names.map((name) => [name, functionOf(idOf(name))])) as Deployment['functions'],
    queuesOf: (name) =>
      template.mappings
        .filter(({ function: id }) => id === idOf(name))
        .map(({ queue }) => ({
          url: resolve({ Ref: queue }, physical),
          arn: resolve({ 'Fn::GetAtt': [queue, 'Arn'] }, physical),
        })),
    log: () => [...byId.values()].flatMap((running) => running.log()),
    async stop() {
      await gateway.stop();
      const finished = Promise.all(pollers.map((poller) => poller.stop()));
      await Promise.race([finished, setTimeout(IN_HAND_MS, undefined, { ref: false })]);
      await Promise.all([...byId.values()].map((running) => running.stop()));
      await finished;
      sqs.destroy();
      await Promise.all([cloud.stopAll(), media.stop(), linq.stop(), parameters.stop()]);
      rmSync(data, { recursive: true, force: true });
    },
  };
};

/** As long as the session tokens that Lambda gives a function, because a presigned URL contains the token. */
export const SESSION_TOKEN = Buffer.alloc(800, 'session').toString('base64');

const startMapping = (mapping: MappingInTemplate, running: RunningFunction, physical: Physical, client: SQSClient) => {
  const { queue, batchSize, maximumConcurrency = UNLIMITED, reportsBatchItemFailures } = mapping;
  return startPoller({
    client,
    queueUrl: resolve({ Ref: queue }, physical),
    queueArn: resolve({ 'Fn::GetAtt': [queue, 'Arn'] }, physical),
    batchSize,
    concurrency: Math.min(maximumConcurrency, UNLIMITED),
    handler: async (event: SQSEvent) => {
      const outcome = await running.invoke(event);
      // If the function gives no answer, the whole batch returns to the queue.
      if (outcome.kind !== 'answer') return allOf(event);
      const payload = JSON.parse(outcome.payload);
      // Without this setting, Lambda does not read the answer: any answer deletes the whole batch.
      return reportsBatchItemFailures ? (payload as SQSBatchResponse) : { batchItemFailures: [] };
    },
  });
};

const allOf = ({ Records }: SQSEvent): SQSBatchResponse => ({
  batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
});

/** @throws Error for every outcome except an answer */
export const answerOf = (outcome: Outcome): unknown => {
  if (outcome.kind === 'answer') return JSON.parse(outcome.payload);
  throw new Error(`the function gave no answer: ${JSON.stringify(outcome)}`);
};
