import { expect, test } from 'vitest';
import { explainCdk } from '../../cli/deploy/explain.ts';
import { ACCOUNT, ARN } from './aws-account.ts';

/** What the CDK and CloudFormation print, and the next step that the command must name. */
const FAILURES: readonly [string, string, string][] = [
  [
    'a right that is missing',
    'User: arn:aws:sts::1:role/x is not authorized to perform: iam:CreateRole on resource',
    'lack the permission iam:CreateRole',
  ],
  [
    'roles of the bootstrap',
    'Could not assume role in target account using current credentials',
    'Ask for sts:AssumeRole',
  ],
  [
    'a bootstrap that is gone',
    "SSM parameter /cdk-bootstrap/hnb659fds/version not found in aws://1/x. Has the environment been bootstrapped? Please run 'cdk bootstrap'",
    `npx cdk bootstrap aws://${ACCOUNT}/eu-central-1`,
  ],
  [
    'no credentials for the CDK',
    'Need to perform AWS calls for account 1, but no credentials have been configured',
    'export AWS_PROFILE=…',
  ],
  [
    'a session that ends on the way',
    'ExpiredToken: The security token included in the request is expired',
    'Sign in again',
  ],
  [
    'concurrency',
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    'lower concurrency.receive (docs/limits.md)',
  ],
  [
    'something that is there already',
    'Resource handler returned message: "aftercall-prod-x already exists"',
    'docs/deploy.md says which data stays',
  ],
  [
    'an index that changes',
    "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights Specification. You can create a new GSI with a different name.",
    'When an index of the table changes, has the steps',
  ],
  ['the certificate', 'The provided certificate does not exist. UnsupportedCertificate', 'in eu-central-1'],
  ['a rollback that fails', 'Stack is in UPDATE_ROLLBACK_FAILED state', 'npx cdk rollback -c stage=prod'],
  [
    'another deploy',
    'Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated.',
    'another deploy of this stage is running',
  ],
  ['a limit', 'Resource handler returned message: "LimitExceededException"', 'Service Quotas'],
  ['the network', 'getaddrinfo ENOTFOUND cloudformation.eu-central-1.amazonaws.com', 'Run the same command again'],
  [
    'what nobody foresaw',
    'The stack named Aftercall-prod failed to deploy: UPDATE_ROLLBACK_COMPLETE',
    'CloudFormation restores the state before',
  ],
];

const where = { account: { id: ACCOUNT, region: 'eu-central-1', arn: ARN }, stage: 'prod' };

test.each(FAILURES)('a deploy that fails by %s says what to do', (_, prints, next) => {
  const { message } = explainCdk('the deploy failed', { code: 1, said: `… \u001b[31m${prints}\u001b[39m\n` }, where);
  expect(message).toMatch(/^the deploy failed: \S/);
  expect(message).toContain(next);
  expect(message).not.toContain('\n');
});

test('every failure that is known has a case of its own', () => {
  const told = FAILURES.map(([, said]) => explainCdk('', { code: 1, said }, where).message);
  expect(new Set(told).size).toBe(FAILURES.length);
});
