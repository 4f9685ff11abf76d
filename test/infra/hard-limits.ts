import type { Template } from 'aws-cdk-lib/assertions';

// Limits that make AWS refuse a deploy and that no synth checks. Each limit names the page of AWS's documentation.

// biome-ignore lint/suspicious/noExplicitAny: as CDK types resources
type Properties = Record<string, any>;
interface Resource {
  Type: string;
  Properties?: Properties;
}

/** Everything in a template that is over a hard limit, one line each: where, what, how much, and the limit. */
export const overLimits = (template: Template): string[] => {
  const whole = template.toJSON();
  const resources: [string, Resource][] = Object.entries(whole.Resources);
  const lines: string[] = [];
  const atMost = (where: string, what: string, found: number, limit: number) => {
    if (found > limit) lines.push(`${where}: ${what} is ${found}, at most ${limit}`);
  };

  // CloudFormation: "CloudFormation quotas".
  atMost('template', 'bytes', Buffer.byteLength(JSON.stringify(whole, null, 1)), 1_000_000); // as CDK writes it
  atMost('template', 'resources', resources.length, 500);
  atMost('template', 'outputs', Object.keys(whole.Outputs ?? {}).length, 200);
  atMost('template', 'parameters', Object.keys(whole.Parameters ?? {}).length, 200);
  atMost('template', 'description bytes', Buffer.byteLength(whole.Description ?? ''), 1024);
  for (const [id, { Value, Description = '' }] of Object.entries<Properties>(whole.Outputs ?? {})) {
    atMost(id, 'output name', id.length, 255);
    atMost(id, 'output bytes', Buffer.byteLength(spell(Value)), 1024);
    atMost(id, 'output description bytes', Buffer.byteLength(Description), 1024);
  }

  const inline = new Map<string, number>();
  const attached = new Map<string, number>();
  for (const [id, { Type, Properties: properties = {} }] of resources) {
    atMost(id, 'logical id', id.length, 255);
    for (const [property, limit] of Object.entries(NAMES[Type] ?? {}))
      if (properties[property] !== undefined) atMost(id, property, spell(properties[property]).length, limit);
    CHECKS[Type]?.(properties, (what, found, limit) => atMost(id, what, found, limit));
    for (const role of properties.Roles ?? []) {
      const key = role.Ref ?? spell(role);
      const add = (to: Map<string, number>, size: number) => to.set(key, (to.get(key) ?? 0) + size);
      // IAM: "IAM and AWS STS quotas". All inline policies of a role count together; white space does not count.
      if (Type === 'AWS::IAM::Policy') add(inline, spell(properties.PolicyDocument).length);
      if (Type === 'AWS::IAM::ManagedPolicy') add(attached, 1);
    }
  }
  for (const [role, size] of inline) atMost(role, 'inline policies', size, 10_240);
  for (const [role, count] of attached) atMost(role, 'managed policies', count, 10);
  return lines;
};

/** The names that the template itself gives. CloudFormation makes the other names, within their limits. */
const NAMES: Readonly<Record<string, Record<string, number>>> = {
  'AWS::Lambda::Function': { FunctionName: 64, Description: 256 },
  'AWS::IAM::Role': { RoleName: 64 },
  'AWS::IAM::Policy': { PolicyName: 128 },
  'AWS::SQS::Queue': { QueueName: 80 },
  'AWS::S3::Bucket': { BucketName: 63 },
  'AWS::DynamoDB::GlobalTable': { TableName: 255 },
  'AWS::Events::Rule': { Name: 64, Description: 512 },
  'AWS::CloudWatch::Alarm': { AlarmName: 255, AlarmDescription: 1024 },
  'AWS::CloudWatch::Dashboard': { DashboardName: 255 },
  'AWS::SNS::Topic': { DisplayName: 100 },
  'AWS::SSM::Parameter': { Name: 1011, Value: 4096 },
  'AWS::ApiGatewayV2::Api': { Name: 128 },
  'AWS::ApiGatewayV2::DomainName': { DomainName: 512 },
  'AWS::Logs::LogGroup': { LogGroupName: 512 },
  'AWS::Logs::MetricFilter': { FilterPattern: 1024 },
};

type Check = (properties: Properties, atMost: (what: string, found: number, limit: number) => void) => void;
const CHECKS: Readonly<Record<string, Check>> = {
  // Lambda: "Lambda quotas".
  'AWS::Lambda::Function': ({ Environment, Layers, MemorySize, Timeout, EphemeralStorage }, atMost) => {
    const variables = Object.entries<unknown>(Environment?.Variables ?? {});
    const bytes = variables.reduce((sum, [name, value]) => sum + Buffer.byteLength(name + spell(value)), 0);
    atMost('environment bytes', bytes, 4096);
    atMost('layers', Layers?.length ?? 0, 5);
    atMost('memory', MemorySize, 10_240);
    atMost('seconds', Timeout, 900);
    atMost('/tmp megabytes', EphemeralStorage?.Size ?? 512, 10_240);
  },
  'AWS::IAM::ManagedPolicy': ({ PolicyDocument }, atMost) =>
    atMost('policy characters', spell(PolicyDocument).length, 6144),
  'AWS::S3::BucketPolicy': ({ PolicyDocument }, atMost) => atMost('policy bytes', spell(PolicyDocument).length, 20_480),
  'AWS::DynamoDB::GlobalTable': ({ GlobalSecondaryIndexes = [] }, atMost) =>
    atMost('indexes', GlobalSecondaryIndexes.length, 20),
  // EventBridge: "Amazon EventBridge quotas".
  'AWS::Events::Rule': ({ Targets = [], EventPattern }, atMost) => {
    atMost('targets', Targets.length, 5);
    atMost('event pattern characters', spell(EventPattern ?? '').length, 2048);
  },
  // SQS: "Amazon SQS policy quotas".
  'AWS::SQS::QueuePolicy': ({ PolicyDocument }, atMost) => {
    atMost('policy bytes', spell(PolicyDocument).length, 8192);
    atMost('policy statements', PolicyDocument.Statement.length, 20);
  },
  // CloudWatch: "Dashboard body structure and syntax", "CloudWatch quotas".
  'AWS::CloudWatch::Dashboard': ({ DashboardBody }, atMost) => {
    const { widgets }: { widgets: { properties: Properties }[] } = JSON.parse(spell(DashboardBody));
    atMost('widgets', widgets.length, 500);
    for (const { properties } of widgets) {
      atMost('alarms in a widget', properties.alarms?.length ?? 0, 100);
      atMost('metrics in a widget', properties.metrics?.length ?? 0, 500);
    }
    atMost('metrics', widgets.flatMap(({ properties }) => properties.metrics ?? []).length, 2500);
  },
  'AWS::CloudWatch::Alarm': ({ AlarmActions = [], OKActions = [], Metrics = [], Dimensions = [] }, atMost) => {
    atMost('actions', Math.max(AlarmActions.length, OKActions.length), 5);
    atMost('metrics', Metrics.length, 10);
    atMost('dimensions', Dimensions.length, 30);
  },
  'AWS::ApiGatewayV2::Stage': ({ AccessLogSettings }, atMost) =>
    atMost('access log format', spell(AccessLogSettings?.Format ?? '').length, 3072),
};

/** The text that CloudFormation makes of a value, with the greatest length that it can have. */
const spell = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(quote).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const known = value as { Ref?: string; 'Fn::GetAtt'?: unknown; 'Fn::Join'?: [string, unknown[]] };
  if (known.Ref) return PSEUDO[known.Ref] ?? LONG_NAME;
  if (known['Fn::GetAtt']) return LONG_ARN;
  if (known['Fn::Join']) return known['Fn::Join'][1].map(spell).join(known['Fn::Join'][0]);
  return `{${Object.entries(value)
    .map(([key, each]) => `"${key}":${quote(each)}`)
    .join(',')}}`;
};

const quote = (value: unknown): string => {
  const text = spell(value);
  const isText = typeof value === 'string' || ['Ref', 'Fn::GetAtt', 'Fn::Join'].some((key) => key in Object(value));
  return isText ? JSON.stringify(text) : text;
};

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws-us-gov',
  'AWS::Region': 'ap-southeast-2',
  'AWS::AccountId': '123456789012',
  'AWS::URLSuffix': 'amazonaws.com',
};
/** The URL of a queue with a name of eighty characters: the longest value of a Ref. */
const LONG_NAME = 'n'.repeat(135);
/** The ARN of a table or queue with a name of eighty characters. */
const LONG_ARN = 'a'.repeat(140);
