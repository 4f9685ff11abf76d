import { Template } from 'aws-cdk-lib/assertions';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import bridge from '../../bridge.config.ts';
import { retentionDaysOf } from '../../functions/config.ts';
import { deploymentOf } from '../../functions/deployment.ts';
import type { FunctionName } from '../../infra/secrets.ts';
import { AftercallStack } from '../../infra/stack.ts';
import { functionNames, makeApp } from '../../test/infra/synthesised.ts';

/** A queue, and the function that gets its messages from Lambda. */
export interface Queue {
  consumer: FunctionName;
  isFifo: boolean;
  isForDeadLetters: boolean;
}

/** The facts of the template that decide a cost or a limit. */
export interface StackFacts {
  memoryMegabytes: Record<FunctionName, number>;
  /** One queue for each event source mapping. */
  queues: Queue[];
  alarmMetrics: number;
  dashboards: number;
  keys: number;
  throttle: { rate: number; burst: number };
  /** How many messages of a queue a function handles at once; undefined if there is no cap. */
  maxConcurrency: Partial<Record<FunctionName, number>>;
  retentionDays: number;
}

/** The facts of the stack that `bridge.config.ts` defines, synthesised without its bundles. */
export const stackFacts = (): StackFacts => {
  const stack = new AftercallStack(makeApp(), 'Aftercall-cost', {
    stage: 'cost',
    sources: bridge.sources,
    retentionDays: retentionDaysOf(bridge),
    ...(bridge.alarms !== undefined && { alarms: bridge.alarms }),
    ...deploymentOf(bridge, 'prod'),
  });
  const template = Template.fromStack(stack);
  const each = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties);
  const [stage] = each('AWS::ApiGatewayV2::Stage');
  const functions = stack.aftercall.functions;
  const mappings = each('AWS::Lambda::EventSourceMapping');
  const mappingsOf = (name: FunctionName) => {
    const { Ref } = stack.resolve(functions[name].lambda.functionName);
    return mappings.filter(({ FunctionName }) => FunctionName.Ref === Ref);
  };
  const capOf = (name: FunctionName): number | undefined =>
    mappingsOf(name).find(({ ScalingConfig }) => ScalingConfig)?.ScalingConfig.MaximumConcurrency;
  const queueResources = template.findResources('AWS::SQS::Queue');
  const queueOf = (
    consumer: FunctionName,
    { EventSourceArn }: { EventSourceArn: { 'Fn::GetAtt': string[] } },
  ): Queue => {
    const [id = ''] = EventSourceArn['Fn::GetAtt'];
    const { FifoQueue, RedrivePolicy } = queueResources[id]?.Properties ?? {};
    return { consumer, isFifo: FifoQueue === true, isForDeadLetters: RedrivePolicy === undefined };
  };
  return {
    memoryMegabytes: Object.fromEntries(
      functionNames.map((name) => [name, (functions[name].lambda.node.defaultChild as CfnFunction).memorySize ?? 128]),
    ) as Record<FunctionName, number>, // of every name
    queues: functionNames.flatMap((name) => mappingsOf(name).map((mapping) => queueOf(name, mapping))),
    alarmMetrics: each('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0),
    dashboards: each('AWS::CloudWatch::Dashboard').length,
    keys: each('AWS::KMS::Key').length,
    throttle: {
      rate: stage?.DefaultRouteSettings.ThrottlingRateLimit,
      burst: stage?.DefaultRouteSettings.ThrottlingBurstLimit,
    },
    maxConcurrency: Object.fromEntries(functionNames.flatMap((name) => (capOf(name) ? [[name, capOf(name)]] : []))),
    retentionDays: retentionDaysOf(bridge),
  };
};

/** An alarm on an expression is billed for each metric in it. */
const metricsOf = ({ Metrics }: { Metrics?: { MetricStat?: unknown }[] }): number =>
  Metrics ? Metrics.filter(({ MetricStat }) => MetricStat).length : 1;
