import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };

// Runs the example of docs/examples/own-app as the CDK runs an app, without an account and without a network.

interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  Outputs: Record<string, unknown>;
}

const folder = mkdtempSync(join(tmpdir(), 'aftercall-own-app-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let template: Template;
beforeAll(async () => {
  const app = fileURLToPath(new URL('../../docs/examples/own-app/app.ts', import.meta.url));
  // test/infra/bundles.test.ts tests the bundling, and npm run synth checks the rules of the templates.
  const context = {
    ...cdkJson.context,
    'aws:cdk:bundling-stacks': [],
    '@aws-cdk/core:validateAgainstDefaultRules': false,
  };
  const env = { PATH: process.env.PATH, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) };
  await promisify(execFile)(process.execPath, [app], { env });
  template = JSON.parse(readFileSync(join(folder, 'Calls.template.json'), 'utf8'));
}, 180_000);

const ofType = (type: string) => Object.values(template.Resources).filter((resource) => resource.Type === type);

test('the bridge stands whole in a stack of another app', () => {
  expect(ofType('AWS::Lambda::Function').length).toBe(5);
  expect(ofType('AWS::SQS::Queue').length).toBe(4);
  expect(ofType('AWS::DynamoDB::GlobalTable').length).toBe(1);
  expect(Object.keys(template.Outputs)).toContain('BaseUrl');
});

test('what stands beside it listens to its queues', () => {
  const [pager] = Object.entries(template.Resources).find(([, { Type }]) => Type === 'AWS::SNS::Topic') ?? [];
  const given = ofType('AWS::CloudWatch::Alarm').filter(({ Properties }) =>
    JSON.stringify(Properties.AlarmActions ?? []).includes(String(pager)),
  );
  const queues = given.map(({ Properties }) => JSON.stringify(Properties.Dimensions));
  expect(given.length).toBe(2);
  expect(queues.filter((queue) => /DeadLetters/.test(queue)).length).toBe(2);
});

test('its secrets and its address stand under its own stage', () => {
  const parameters = ofType('AWS::SSM::Parameter').map(({ Properties }) => Properties.Name);
  expect(parameters).toEqual(['/aftercall/calls/URL']);
  const rights = JSON.stringify(ofType('AWS::IAM::Policy'));
  expect(rights).toContain('/aftercall/calls/');
  expect(rights).not.toContain('/aftercall/prod/');
});
