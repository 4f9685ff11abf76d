import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, type StackResource } from './aws-account.ts';
import { DEPLOY, deployingProd } from './deploying.ts';

// The command against an AWS account on loopback; `spawn` runs the command as a process of its own. The real CDK needs
// a real account, so a stand-in records its calls.

const world = await deployingProd();
const { subcommands } = world;

describe('nothing is deployed', () => {
  const nothing = async (argv: string[], changed: Record<string, string | undefined> = {}) => {
    const ran = await world.run(argv, changed);
    expect(subcommands()).not.toContain('deploy');
    return ran;
  };
  const without = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };

  test('without credentials, and it says how to sign in', async () => {
    const { code, out, err } = await world.spawn(DEPLOY, without);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('this shell has no AWS credentials; sign in (aws sso login, or aws configure)');
    expect(world.calls()).toEqual([]);
  });

  test.each([
    ['ExpiredToken', 403, 'The security token included in the request is expired', 'the credentials have expired'],
    [
      'InvalidClientTokenId',
      403,
      'The security token included in the request is invalid.',
      'AWS does not know these credentials',
    ],
    [
      'AccessDenied',
      403,
      'not authorized to perform: sts:GetCallerIdentity',
      'these AWS credentials lack a permission',
    ],
  ])('with credentials that STS refuses: %s', async (code, status, message, says) => {
    world.aws.refusal = { status, code, message };
    const ran = await nothing(DEPLOY);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining(says)]);
  });

  test('without a region', async () => {
    const ran = await nothing(DEPLOY, { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'eu-central-1' });
    expect([ran.code, ran.err]).toEqual([
      1,
      'error: no AWS region is set. AWS_DEFAULT_REGION alone is not enough. Run: export AWS_REGION=us-east-1\n',
    ]);
  });

  test('where AWS cannot be reached', async () => {
    const ran = await nothing(DEPLOY, { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('AWS does not answer')]);
  });

  test.each([
    ['has no bootstrap', undefined, 'has no CDK bootstrap stack yet'],
    ['has an old one', '5', 'has a CDK bootstrap of version 5'],
  ])('where the account %s, and it says the exact command', async (_, version, says) => {
    world.aws.parameters.delete('/cdk-bootstrap/hnb659fds/version');
    if (version) world.aws.parameters.set('/cdk-bootstrap/hnb659fds/version', version);
    const ran = await nothing(DEPLOY);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`aws://${ACCOUNT}/eu-central-1 ${says}`);
    expect(ran.err).toContain(`run npx cdk bootstrap aws://${ACCOUNT}/eu-central-1, or this command with --bootstrap`);
    expect(world.calls()).toEqual([]);
  });

  test('where the bootstrap fails too', async () => {
    world.aws.parameters.delete('/cdk-bootstrap/hnb659fds/version');
    world.cdk({
      bootstrap: { code: 1, prints: 'User: x is not authorized to perform: cloudformation:CreateChangeSet' },
    });
    const ran = await nothing([...DEPLOY, '--bootstrap']);
    expect(world.calls().map(({ args }) => args.slice(0, 2))).toEqual([['bootstrap', `aws://${ACCOUNT}/eu-central-1`]]);
    expect([ran.code, ran.err]).toEqual([
      1,
      expect.stringContaining(
        "these credentials, or the CDK's role, lack the permission cloudformation:CreateChangeSet",
      ),
    ]);
  });

  test('without the keys that a bridge needs, and it says the line that sets each', async () => {
    world.aws.parameters.delete('/aftercall/prod/LINQ_API_V3_API_KEY');
    world.aws.parameters.delete('/aftercall/prod/AFTERCALL_API_KEY');
    const ran = await nothing(DEPLOY);
    expect(ran.code).toBe(1);
    for (const name of ['LINQ_API_V3_API_KEY', 'AFTERCALL_API_KEY'])
      expect(ran.err).toContain(`${name} is absent: npx aftercall secrets set ${name} --stage prod`);
    expect(ran.err).toContain('nothing was deployed: LINQ_API_V3_API_KEY and AFTERCALL_API_KEY are absent');
    expect(world.calls()).toEqual([]);
  });

  test('with an API key that is a placeholder, and it says so', async () => {
    world.aws.parameters.set('/aftercall/prod/AFTERCALL_API_KEY', 'changeme-to-a-long-random-key');
    const ran = await nothing(DEPLOY);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('AFTERCALL_API_KEY is a placeholder: set the real value: npx aftercall secrets');
    expect(ran.err).toContain('nothing was deployed: AFTERCALL_API_KEY is absent or wrong');
    expect(world.calls()).toEqual([]);
  });

  test('where the template cannot be made', async () => {
    world.cdk({ synth: { code: 1, prints: 'bridge.config.ts: there is no such setting' } });
    const ran = await nothing(DEPLOY);
    expect([ran.code, subcommands()]).toEqual([1, ['synth']]);
    expect(ran.err).toContain(
      'the template cannot be made, and nothing was deployed. The message above names the mistake',
    );
  });

  test('by a command that names no stage, and it tells of npm’s own habit', async () => {
    const plain = await nothing(['deploy', '--yes']);
    expect([plain.code, plain.err]).toEqual([2, 'error: deploy needs a stage. Run: npm run deploy -- --stage prod\n']);
    const kept = await nothing(['deploy', '--yes'], { npm_config_stage: 'dev' });
    expect([kept.code, kept.err]).toEqual([2, expect.stringContaining('Run: npm run deploy -- --stage dev')]);
  });

  test('where nobody is there to answer', async () => {
    const ran = await nothing(['deploy', '--stage', 'prod']);
    expect([ran.code, ran.err]).toEqual([
      2,
      'error: deploy asks first, and there is no terminal to ask at: add --yes\n',
    ]);
  });
});

describe('where an earlier destroy kept data', () => {
  const keep = () => {
    world.aws.tables.add('Aftercall-prod-Ledger');
    world.aws.deleted.push({
      ...{ name: 'Aftercall-prod', id: 'arn:aws:cloudformation:stack/Aftercall-prod/1' },
      resources: [{ type: 'AWS::DynamoDB::GlobalTable', id: 'Aftercall-prod-Ledger', status: 'DELETE_SKIPPED' }],
    });
  };

  test('nothing is deployed beside it, and it says how to take the data up', async () => {
    keep();
    const { code, out, err } = await world.run(DEPLOY);
    expect([code, world.calls()]).toEqual([1, []]);
    expect(out).toContain('table  Aftercall-prod-Ledger');
    const [, file = ''] = /npx cdk import Aftercall-prod -c stage=prod --resource-mapping (\S+);/.exec(err) ?? [];
    const mapping = JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
    expect(mapping).toEqual({ AWSDynamoDBGlobalTable: { TableName: 'Aftercall-prod-Ledger' } });
  });

  test.each<[string, StackResource[]]>([
    ['only looked at', []],
    ['a first deploy that failed', [{ type: 'AWS::Lambda::Function', id: 'x', status: 'DELETE_COMPLETE' }]],
  ])('nor beside a stack that is %s', async (_, resources) => {
    keep();
    world.aws.stacks.set('Aftercall-prod', resources);
    const { code, err } = await world.run(DEPLOY);
    expect([code, world.calls(), err]).toEqual([
      1,
      [],
      expect.stringContaining('an earlier destroy kept the data of stage prod'),
    ]);
  });

  test('--anew deploys', async () => {
    keep();
    expect((await world.run([...DEPLOY, '--anew'])).code).toBe(0);
  });

  test('a stage that is deployed, or whose data was deleted, is deployed', async () => {
    keep();
    world.aws.stacks.set('Aftercall-prod', [{ type: 'AWS::DynamoDB::GlobalTable', id: 'Aftercall-prod-Ledger' }]);
    expect((await world.run(DEPLOY)).code).toBe(0);
    world.aws.stacks.clear();
    world.aws.tables.clear();
    expect((await world.run(DEPLOY)).code).toBe(0);
  });
});
