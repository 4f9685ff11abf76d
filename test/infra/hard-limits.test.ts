import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { s3Drop } from '../../functions/sources/s3-drop.ts';
import { overLimits } from './hard-limits.ts';
import { synthesise } from './synthesised.ts';

// Templates that a synth accepts and AWS refuses.

/** Sources with the longest name, each with three secrets with long names. */
const sources = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => {
      const name = `call-system-${String(n).padStart(2, '0')}-${'x'.repeat(49)}`;
      const secret = (what: string) => ({ name: `OFFICE_${n}_${what}_OF_THE_CALL_SYSTEM` });
      return [
        name,
        { secrets: [secret('WEBHOOK_SECRET')], fetch: { secrets: [secret('CLIENT_ID'), secret('CLIENT_SECRET')] } },
      ];
    }),
  );
const everything = (count: number) => {
  const named = { ...sources(count - 1), drop: s3Drop() };
  return {
    sources: named,
    stage: 'a-stage-whose-name-is-as-long-a',
    alarms: {
      email: 'operations-of-the-bridge@example.com',
      silentAfterHours: Object.fromEntries(Object.keys(named).map((name) => [name, 168])),
    },
    domain: {
      name: 'calls.of-an-office-with-a-very-long-name.example.com',
      certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0b5e5f0c-1f3a-4b7e-9a47-d3a1c0f5e8aa',
    },
    concurrency: { receive: 20, store: 1000, send: 1000 },
    buckets: Array.from({ length: 20 }, (_, n) => ({
      name: `bucket-${n}-`.padEnd(63, 'x'),
      prefix: `${n}/`.padStart(200, 'p'),
      account: '210987654321',
      kmsKeyArn: `arn:aws:kms:eu-central-1:210987654321:key/1234abcd-12ab-34cd-56ef-${String(n).padStart(12, '0')}`,
      source: 'drop',
    })),
    ffmpegLayerArn: 'arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg:3',
  };
};

const { template, other } = synthesise(everything(60));
/** A stack with as many sources as docs/limits.md allows. */
const most = synthesise(everything(100)).other;

test('the stack of the tests is within every hard limit', () => {
  expect(overLimits(template)).toEqual([]);
});

test.each([
  [60, other],
  [100, most],
])('so is one with %i sources, all with long names and every setting made use of', (count, { template }) => {
  expect(Object.keys(template.findOutputs('*')).length).toBeGreaterThan(count);
  expect(overLimits(template)).toEqual([]);
});

test('and each function of it may still read exactly its secrets', () => {
  for (const [name, count] of [
    ['receive', 59],
    ['store', 118],
  ] as const) {
    const secrets = other.rightsOf(name).filter((right) => right.startsWith('ssm:GetParameters on '));
    expect(new Set(secrets).size).toBe(count);
    expect(secrets.filter((right) => right.includes('*'))).toEqual([]);
  }
});

describe('what is over a limit is seen', () => {
  const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, n) => make(n));
  const resource = (Type: string, Properties: object) => ({ Resources: { It: { Type, Properties } } });
  const statement = (size: number) => ({ Statement: [{ Effect: 'Allow', Resource: 'x'.repeat(size) }] });
  const board = (widgets: unknown[]) =>
    resource('AWS::CloudWatch::Dashboard', { DashboardBody: JSON.stringify({ widgets }) });
  const lambda = (properties: object) =>
    resource('AWS::Lambda::Function', { MemorySize: 128, Timeout: 3, ...properties });

  test.each([
    ['template: bytes', resource('A::B::C', { x: 'x'.repeat(1_000_001) })],
    ['template: resources', { Resources: Object.fromEntries(many(501, (n) => [`R${n}`, { Type: 'A::B::C' }])) }],
    ['template: outputs', { Outputs: Object.fromEntries(many(201, (n) => [`O${n}`, { Value: 'x' }])) }],
    ['Long: output bytes', { Outputs: { Long: { Value: { 'Fn::Join': ['', ['x'.repeat(1000), { Ref: 'X' }]] } } } }],
    ['It: FunctionName', lambda({ FunctionName: 'x'.repeat(65) })],
    ['It: environment bytes', lambda({ Environment: { Variables: { NAME: 'x'.repeat(4093) } } })],
    ['It: layers', lambda({ Layers: many(6, String) })],
    ['It: seconds', lambda({ Timeout: 901 })],
    ['It: AlarmDescription', resource('AWS::CloudWatch::Alarm', { AlarmDescription: 'x'.repeat(1025) })],
    ['It: event pattern characters', resource('AWS::Events::Rule', { EventPattern: { source: ['x'.repeat(2048)] } })],
    ['It: policy bytes', resource('AWS::SQS::QueuePolicy', { PolicyDocument: statement(8192) })],
    ['It: policy characters', resource('AWS::IAM::ManagedPolicy', { PolicyDocument: statement(6144) })],
    ['role: inline policies', resource('AWS::IAM::Policy', { Roles: ['role'], PolicyDocument: statement(10_240) })],
    ['It: alarms in a widget', board([{ properties: { alarms: many(101, String) } }])],
    ['It: metrics', board(many(6, () => ({ properties: { metrics: many(500, String) } })))],
  ])('%s', (line, json) => {
    const found = overLimits(Template.fromJSON({ Resources: {}, ...json }));
    expect(found).toEqual([expect.stringContaining(`${line} is `)]);
  });
});
