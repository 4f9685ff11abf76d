import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, ARN } from './aws-account.ts';
import { DEPLOY, deployingProd } from './deploying.ts';

// The command against an AWS account on loopback; `spawn` runs the command as a process of its own. The real CDK needs
// a real account, so a stand-in records its calls.

const world = await deployingProd();
const { subcommands } = world;

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
      expect.stringContaining('because no -- stood before it. Run: npm run deploy -- --stage '),
    ]);
  });

  test('a word that is left over is refused', async () => {
    const { code, err } = await world.run(['deploy', '--stage', 'prod', 'dev', '--yes']);
    expect([code, err]).toEqual([2, "error: deploy does not know the word 'dev'\n"]);
  });
});
