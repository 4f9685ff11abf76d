import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ACCOUNT, ARN, type StackResource } from './aws-account.ts';
import { deploying } from './deploying.ts';

// The command against an AWS account on loopback; `spawn` runs the command as a process of its own. The real CDK needs
// a real account, so a stand-in records its calls.

let world: Awaited<ReturnType<typeof deploying>>;
beforeAll(async () => {
  world = await deploying();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.aws.reset();
  world.prepare();
  world.cdk(
    {},
    { 'Aftercall-prod': { BaseUrl: world.api.origin, Dashboard: 'https://console/dashboard', HookUrltwilio: 'x' } },
  );
});
const DEPLOY = ['deploy', '--stage', 'prod', '--yes'];
const subcommands = () => world.calls().map(({ args }) => args[0]);

describe('a deploy that succeeds', () => {
  test('is synthesised, shown, deployed and looked at, in this order', async () => {
    const { code, out, err } = await world.spawn(DEPLOY);
    expect([code, err.replace(/(synth|diff|deploy) done\n/g, '')]).toEqual([0, '']);
    expect(subcommands()).toEqual(['synth', 'diff', 'deploy']);
    const says = [
      `✓ account  ${ACCOUNT}, eu-central-1, as ${ARN}`,
      '✓ bootstrap  version 28',
      '✓ template  Aftercall-prod',
      '✓ deployed  Aftercall-prod',
      'all is well',
    ];
    expect(out.split('\n').filter((line) => says.includes(line))).toEqual(says);
  });

  test('deploys the very template that was shown, of this stage, in the region that was named', async () => {
    await world.run(DEPLOY);
    const [synth, diff, deploy] = world.calls();
    const folder = synth?.args[synth.args.indexOf('--output') + 1] ?? 'none';
    expect(synth?.args).toContain('stage=prod');
    expect(diff?.args.slice(1, 4)).toEqual(['Aftercall-prod', '--app', folder]);
    expect(deploy?.args.slice(1, 4)).toEqual(['Aftercall-prod', '--app', folder]);
    expect(deploy?.args).toContain('never'); // --require-approval: the person has already approved
    expect(world.calls().map(({ region }) => region)).toEqual(['eu-central-1', 'eu-central-1', 'eu-central-1']);
    expect(synth?.path).toMatch(/node_modules\/\.bin$/); // the app runs under the project's Node
  });

  test('says the address of each source that is on, and which are off', async () => {
    const { out } = await world.run(DEPLOY);
    expect(out).toMatch(new RegExp(`^twilio +${world.api.origin}/hooks/twilio$`, 'm'));
    expect(out).not.toContain('/hooks/telnyx');
    expect(out).toMatch(/^· {2}off: .*telnyx/m);
    expect(out).toMatch(/^Dashboard +https:\/\/console\/dashboard$/m);
  });

  test('--json is one value on standard output, and nothing else', async () => {
    const { code, out, err } = await world.spawn([...DEPLOY, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ stage: 'prod', stack: 'Aftercall-prod', account: ACCOUNT, region: 'eu-central-1', ok: true },
      hooks: [{ source: 'twilio', url: `${world.api.origin}/hooks/twilio` }],
    });
    expect(err).toContain('deploy done');
  });

  test('prints no secret', async () => {
    const { out, err } = await world.run(DEPLOY);
    expect(out + err).not.toMatch(/canary/i);
  });

  test('ends with 1 where the doctor finds a fault in what is deployed now', async () => {
    world.linq.lines = [];
    const { code, out } = await world.run(DEPLOY);
    world.linq.lines = [{ phone_number: '+12025550100', status: 'HEALTHY' }];
    expect([code, subcommands().at(-1)]).toEqual([1, 'deploy']);
    expect(out).toContain('lines: the account has none');
  });

  test('of another stage touches that stage alone', async () => {
    world.prepare('dev');
    world.cdk({}, { 'Aftercall-dev': { BaseUrl: world.api.origin } });
    expect((await world.run(['deploy', '--stage', 'dev', '--yes'])).code).toBe(0);
    expect(world.calls().map(({ args }) => args[1])).toEqual(['--quiet', 'Aftercall-dev', 'Aftercall-dev']);
    expect(world.calls()[0]?.args).toContain('stage=dev');
  });
});

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
      'error: deploy asks before it deploys, and this is no terminal: add --yes\n',
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

test('a source with half of its secrets is said, with the line that fixes it', async () => {
  world.aws.parameters.set('/aftercall/prod/TELNYX_PUBLIC_KEY', Buffer.alloc(32, 'canary').toString('base64'));
  const { out } = await world.run(DEPLOY);
  expect(out).toContain('npx aftercall secrets set TELNYX_API_KEY --stage prod');
});

test('--without-secrets deploys what has no keys yet', async () => {
  world.aws.parameters.delete('/aftercall/prod/LINQ_API_V3_API_KEY');
  await world.run([...DEPLOY, '--without-secrets']);
  expect(subcommands()).toContain('deploy');
});

test('a deploy that fails ends with what that means, below the words of the CDK', async () => {
  const prints = 'User: arn:aws:sts::1:role/x is not authorized to perform: iam:CreateRole on resource';
  world.cdk({ deploy: { code: 1, prints: `\u001b[31m${prints}\u001b[39m` } });
  const { code, out, err } = await world.run(DEPLOY);
  expect([code, out.includes('✓ deployed')]).toEqual([1, false]);
  expect(err).toContain(prints);
  expect(err.trimEnd().split('\n').at(-1)).toMatch(
    /^error: the deploy failed: these credentials, or the CDK's role, lack the permission iam:CreateRole/,
  );
});

describe('at a terminal', () => {
  const at = (argv: string[], typed: string[]) => world.run(argv, {}, typed);

  test('the changes are shown, and a no leaves everything as it was', async () => {
    world.cdk({ diff: { prints: '[+] AWS::Lambda::Function Receive' } });
    const { code, err } = await at(['deploy', '--stage', 'prod'], ['n']);
    expect([code, subcommands()]).toEqual([1, ['synth', 'diff']]);
    expect(err.indexOf('[+] AWS::Lambda::Function Receive')).toBeLessThan(
      err.indexOf(`Deploy Aftercall-prod to account ${ACCOUNT}, eu-central-1? [y/N]`),
    );
    expect(err).toContain('error: nothing was deployed');
  });

  test('a yes deploys', async () => {
    expect((await at(['deploy', '--stage', 'prod'], ['y'])).code).toBe(0);
    expect(subcommands()).toEqual(['synth', 'diff', 'deploy']);
  });

  test('a missing bootstrap is offered', async () => {
    world.aws.parameters.delete('/cdk-bootstrap/hnb659fds/version');
    const { code, err } = await at(['deploy', '--stage', 'prod'], ['y']);
    expect([code, subcommands()]).toEqual([1, ['bootstrap']]);
    expect(err).toContain('Make it now? [y/N]');
    expect(err).toContain('SSM has no /cdk-bootstrap/hnb659fds/version'); // the stand-in has created nothing
  });
});

describe('as npm runs it', () => {
  const npm = (argv: string[]) =>
    new Promise<{ code: number | null; err: string }>((resolve, reject) => {
      // On Windows npm is a batch file, which needs a shell.
      const child = spawn('npm', ['run', '--silent', ...argv], { shell: process.platform === 'win32' });
      let err = '';
      child.stderr.on('data', (chunk) => (err += chunk));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, err }));
    });

  test.each(['deploy', 'destroy'])('options behind -- reach %s', async (script) => {
    const { code, err } = await npm([script, '--', '--stage', 'Prod']);
    expect([code, err]).toEqual([
      2,
      'error: --stage must begin with a lower-case letter, and then have lower-case letters, digits and hyphens\n',
    ]);
  });

  test('and one without -- is told to stand behind it', async () => {
    const { code, err } = await npm(['deploy', '--stage', 'dev']);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('which needs a -- before it. Run: npm run deploy -- --stage '),
    ]);
  });

  test('a word that is left over is refused', async () => {
    const { code, err } = await world.run(['deploy', '--stage', 'prod', 'dev', '--yes']);
    expect([code, err]).toEqual([2, "error: deploy does not know the word 'dev'\n"]);
  });
});
