import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { beforeAll, describe, expect, test } from 'vitest';
import bridge from '../../bridge.config.ts';
import { addBridge } from '../../infra/bridge-app.ts';
import { makeApp } from './synthesised.ts';

// Shows that cdk-nag judges the stacks of `npm run synth`. Its report is empty when nothing is wrong, as if it had not
// run.

describe('a synth with one resource that breaks rules', () => {
  let said: string;
  beforeAll(() => {
    const app = makeApp();
    const stack = addBridge(app, { ...bridge, alarms: { email: 'ops@example.com' } }, 'nag');
    new CfnQueue(stack, 'Open');
    try {
      app.synth();
      said = 'the synth went through';
    } catch (error) {
      said = String(error);
    }
  });

  test.each(['AwsSolutions::AwsSolutions-SQS4', 'Serverless::Serverless-SQSRedrivePolicy'])('fails by %s', (rule) => {
    expect(said).toContain(rule);
  });

  test('and by nothing of ours', () => {
    expect([...said.matchAll(/Aftercall-nag\/(\w+)/g)].map(([, construct]) => construct)).toEqual(
      [...said.matchAll(/Acknowledge with/g)].map(() => 'Open'),
    );
  });
});
