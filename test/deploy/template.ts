import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionName } from '../../infra/secrets.ts';

/** A value of a template: plain text or a number, or `Ref`, `Fn::GetAtt`, `Fn::Join`. */
export type Value = unknown;

export interface Resource {
  Type: string;
  Properties: Record<string, Value>;
  Metadata?: Record<string, string>;
}

export interface FunctionInTemplate {
  id: string;
  name: FunctionName;
  /** The folder of its asset, made by `cdk synth`. */
  asset: string;
  handler: string;
  memoryMegabytes: number;
  timeoutSeconds: number;
  environment: Record<string, Value>;
}

export interface MappingInTemplate {
  function: string;
  queue: string;
  batchSize: number;
  /** How many batches may run at once. Without a value, Lambda itself decides. */
  maximumConcurrency?: number;
  reportsBatchItemFailures: boolean;
}

/** The parts of a synthesised stack that matter for running its functions; each resource by its logical id. */
export interface Template {
  resources: Readonly<Record<string, Resource>>;
  functions: readonly FunctionInTemplate[];
  mappings: readonly MappingInTemplate[];
  /** The routes of the HTTP API: `POST /hooks/{source}` or `$default`, and the function's logical id. */
  routes: readonly { key: string; function: string }[];
  /** The functions that a schedule calls. */
  scheduled: readonly string[];
  /** The rules of EventBridge on events, and the queue that each puts them into. */
  eventRules: readonly EventRuleInTemplate[];
}

export interface EventRuleInTemplate {
  id: string;
  /** EventBridge's pattern, with intrinsics of CloudFormation in it. */
  pattern: Value;
  queue: string;
  deadLetters: string;
}

/** Reads `<stack>.template.json` from a folder that `cdk synth` wrote. */
export const readTemplate = (cdkOut: string, stack: string): Template => {
  const { Resources } = JSON.parse(readFileSync(join(cdkOut, `${stack}.template.json`), 'utf8'));
  const resources = Resources as Record<string, Resource>; // CloudFormation's own shape
  const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);
  return {
    resources,
    functions: ofType('AWS::Lambda::Function').map(([id, resource]) => functionOf(id, resource, cdkOut)),
    mappings: ofType('AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => mappingOf(Properties)),
    routes: ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => routeOf(Properties, resources)),
    scheduled: ofType('AWS::Events::Rule').flatMap(([, { Properties }]) =>
      Properties.ScheduleExpression === undefined ? [] : targetsOf(Properties).map(({ Arn }) => idIn(Arn)),
    ),
    eventRules: ofType('AWS::Events::Rule').flatMap(([id, { Properties }]) =>
      Properties.EventPattern === undefined
        ? []
        : targetsOf(Properties).map((target) => ruleOf(id, Properties, target)),
    ),
  };
};

interface Target {
  Arn: Value;
  DeadLetterConfig?: { Arn: Value };
}

const targetsOf = ({ Targets }: Record<string, Value>) => Targets as Target[]; // CloudFormation's own shape

const ruleOf = (id: string, { EventPattern }: Record<string, Value>, { Arn, DeadLetterConfig }: Target) => ({
  id,
  pattern: EventPattern,
  queue: idIn(Arn),
  deadLetters: idIn(DeadLetterConfig?.Arn),
});

const functionOf = (id: string, { Properties, Metadata }: Resource, cdkOut: string): FunctionInTemplate => {
  const name = /\/(\w+)\/Function\/Resource$/.exec(Metadata?.['aws:cdk:path'] ?? '')?.[1]?.toLowerCase();
  const asset = Metadata?.['aws:asset:path'];
  if (!name || !asset) throw new Error(`the template does not say which function ${id} is, or where its asset stands`);
  return {
    id,
    name: name as FunctionName, // a construct has the name of its entry
    asset: join(cdkOut, asset),
    handler: String(Properties.Handler),
    memoryMegabytes: Number(Properties.MemorySize),
    timeoutSeconds: Number(Properties.Timeout),
    environment: (Properties.Environment as { Variables: Record<string, Value> }).Variables,
  };
};

const mappingOf = (properties: Record<string, Value>): MappingInTemplate => {
  const scaling = properties.ScalingConfig as { MaximumConcurrency?: number } | undefined;
  return {
    function: idIn(properties.FunctionName),
    queue: idIn(properties.EventSourceArn),
    batchSize: Number(properties.BatchSize),
    ...(scaling?.MaximumConcurrency !== undefined && { maximumConcurrency: scaling.MaximumConcurrency }),
    reportsBatchItemFailures: ((properties.FunctionResponseTypes as string[]) ?? []).includes(
      'ReportBatchItemFailures',
    ),
  };
};

const routeOf = (properties: Record<string, Value>, resources: Record<string, Resource>) => {
  const integration = resources[idIn(properties.Target)];
  return { key: String(properties.RouteKey), function: idIn(integration?.Properties.IntegrationUri) };
};

/** The first logical id in a value. Each of these values names one resource. */
const idIn = (value: Value): string => {
  const [, ref, attribute] = /"(?:Ref":"(\w+)"|Fn::GetAtt":\["(\w+)")/.exec(JSON.stringify(value ?? null)) ?? [];
  const id = ref ?? attribute;
  if (!id) throw new Error(`no resource is named in ${JSON.stringify(value)}`);
  return id;
};
