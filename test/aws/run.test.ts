import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isOurs, nameIn, newRunId, parametersOf } from './names.ts';

const run = (environment: Record<string, string>, ...given: string[]) =>
  promisify(execFile)(process.execPath, [fileURLToPath(new URL('run.ts', import.meta.url)), ...given], {
    env: { PATH: process.env.PATH, HOME: tmpdir(), NO_COLOR: '1', ...environment },
  });

test('without a word that an account may be used, each test is named as not run, and that is no failure', async () => {
  const { stdout } = await run({ AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  expect(stdout).toContain('Not run: AFTERCALL_TEST_AWS is not 1');
  const named = stdout.split('\n').filter((line) => line.startsWith('  not run: '));
  expect(named.length).toBeGreaterThan(200);
  expect(named.join('\n')).toContain('test/aws/main-job.aws.ts > a signed webhook becomes one memo');
  expect(named.join('\n')).toContain('test/adapters/ledger.dynamodb.test.ts > move > ');
});

test.each([
  ['a Region', {}, 'no Region is set'],
  ['credentials', { AWS_REGION: 'eu-central-1' }, 'no AWS credentials were found'],
])('without %s nothing is run or deleted, and the command says what is missing', async (_, environment, reason) => {
  const { stdout } = await run({ AFTERCALL_TEST_AWS: '1', ...environment }, '--clean');
  expect(stdout).toContain(`Not run: ${reason}`);
});

describe('a name is that of a run', () => {
  const [one, other] = [newRunId(), newRunId()];

  test('when the run has made it', () => {
    for (const name of [nameIn(one, 'ledger'), nameIn(one, 'ab12cd-memos.fifo'), `${parametersOf(one)}A_KEY`]) {
      expect(isOurs(name)).toBe(true);
      expect(isOurs(name, one)).toBe(true);
      expect(isOurs(name, other)).toBe(false);
    }
  });

  test.each([
    'aftercall-prod-ledger',
    'aftercall-test-ledger',
    'aftercall-testing-0123456789-x',
    'my-aftercall-test-0123456789-x',
    'aftercall-test-0123456789x-y',
    '/aftercall/test/A_KEY',
    '',
  ])('and no other: %s', (name) => {
    expect(isOurs(name)).toBe(false);
  });
});
