import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../cdk.json' with { type: 'json' };
import type { Aftercall, AftercallProps } from '../../infra/aftercall.ts';
import type { ConnectedSources, FunctionName } from '../../infra/secrets.ts';
import { AftercallStack } from '../../infra/stack.ts';

export const functionNames: readonly FunctionName[] = ['receive', 'store', 'send', 'api', 'tend'];

/** One source fetches with its secret; the other only verifies signatures with its secret. */
export const sources: ConnectedSources = {
  twilio: { secrets: [{ name: 'TWILIO_AUTH_TOKEN' }], fetch: { secrets: [{ name: 'TWILIO_AUTH_TOKEN' }] } },
  'standard-webhooks': { secrets: [{ name: 'STANDARD_WEBHOOKS_SECRET' }], fetch: {} },
};

/** An app with the flags of cdk.json. Nothing is bundled, so the content of the entries does not matter. */
export const makeApp = (): App => new App({ context: { ...cdkJson.context, ...quick } });

const quick = {
  'aws:cdk:bundling-stacks': [],
  // CloudFormation's own rules would take a second in each test file; `npm run synth` runs them.
  '@aws-cdk/core:validateAgainstDefaultRules': false,
};

/** Synthesises two stacks at once: the stack as shipped, and a stack with changed settings. */
export const synthesise = (changed: Partial<AftercallProps> = {}) => {
  const app = makeApp();
  const stack = new AftercallStack(app, 'Aftercall-test', { stage: 'test', sources });
  const other = new AftercallStack(app, 'Aftercall-other', { stage: 'other', sources, ...changed });
  return {
    app,
    ...read(stack, stack.aftercall),
    other: read(other, other.aftercall),
  };
};

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: { Bool?: Record<string, string> };
}

const read = (stack: Stack, aftercall: Aftercall) => {
  const template = Template.fromStack(stack);
  const names = resourceNames(stack, aftercall);
  /** Writes a value of CloudFormation as one line, with our words for our resources. */
  const say = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return String(value);
    // The three intrinsics of this template. Any other intrinsic appears as JSON and fails the comparison.
    const known = value as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
    if (known.Ref) return names.get(known.Ref) ?? `<${known.Ref}>`;
    if (known['Fn::GetAtt']) {
      const [id = '', attribute = ''] = known['Fn::GetAtt'];
      return names.has(id) && attribute === 'Arn' ? (names.get(id) ?? '') : `<${names.get(id) ?? id}.${attribute}>`;
    }
    if (known['Fn::Join']) return known['Fn::Join'][1].map(say).join(known['Fn::Join'][0]);
    return JSON.stringify(value);
  };
  /** The only resource of a type that has this name of ours. */
  const find = (type: string, name: string) => {
    const found = Object.entries(template.findResources(type)).filter(([id]) => names.get(id) === name);
    if (found.length !== 1) throw new Error(`${found.length} of ${type} are '${name}'`);
    return found[0]?.[1] ?? {};
  };
  /** Every right of a function, as `action on resource`, sorted. */
  const rightsOf = (name: FunctionName): string[] =>
    // CDK moves a policy that is too long for an inline policy into managed policies.
    ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
      .flatMap((type) => Object.values(template.findResources(type)))
      .filter((policy) => policy.Properties.Roles.some((role: unknown) => say(role) === `${name} role`))
      .flatMap((policy): Statement[] => policy.Properties.PolicyDocument.Statement)
      .flatMap(({ Effect, Action, Resource }) =>
        list(Action).flatMap((action) =>
          list(Resource).map((resource) => `${Effect === 'Allow' ? '' : `${Effect} `}${action} on ${say(resource)}`),
        ),
      )
      .sort();
  /** Whether the policy of a bucket or a queue refuses every action without TLS. */
  const refusesPlainHttp = (type: 'AWS::S3::BucketPolicy' | 'AWS::SQS::QueuePolicy', name: string): boolean =>
    Object.values(template.findResources(type)).some(
      ({ Properties }) =>
        list(Properties.Bucket ?? Properties.Queues).some((holder: unknown) => say(holder) === name) &&
        Properties.PolicyDocument.Statement.some(
          ({ Effect, Action, Condition }: Statement) =>
            Effect === 'Deny' &&
            /^(s3|sqs):\*$/.test(String(Action)) &&
            Condition?.Bool?.['aws:SecureTransport'] === 'false',
        ),
    );
  const outputs = Object.values<{ Value: unknown }>(template.toJSON().Outputs).map(({ Value }) => say(Value));
  return { template, aftercall, say, find, rightsOf, refusesPlainHttp, outputs };
};

export const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

const resourceNames = (stack: Stack, { recordings, memos, bucket, ledger, functions }: Aftercall) => {
  const names = new Map<string, string>([
    [stack.resolve(recordings.queue.queueUrl).Ref, 'recordings'],
    [stack.resolve(recordings.deadLetters.queueUrl).Ref, 'dead recordings'],
    [stack.resolve(memos.queue.queueUrl).Ref, 'memos'],
    [stack.resolve(memos.deadLetters.queueUrl).Ref, 'dead memos'],
    [stack.resolve(bucket.bucketName).Ref, 'bucket'],
    [stack.resolve(ledger.tableName).Ref, 'ledger'],
  ]);
  for (const name of functionNames) {
    const { lambda } = functions[name];
    names.set(stack.resolve(lambda.functionName).Ref, name);
    names.set(stack.resolve(lambda.role?.roleName).Ref, `${name} role`);
    names.set(stack.resolve(lambda.logGroup.logGroupName).Ref, `${name} log`);
  }
  return names;
};
