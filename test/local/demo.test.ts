import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import bridge from '../../bridge.config.ts';

const run = promisify(execFile);
const stepsOf = async (...args: string[]) => {
  const { stdout } = await run(process.execPath, ['local/demo.ts', ...args], { timeout: 120_000 });
  return stdout.split('\n').filter((line) => line.startsWith('✓'));
};

test.each(['twilio', 's3-drop'])(
  'npm run demo -- --source %s plays its good event to a memo with the same audio, and ends with its signed receipt',
  async (source) => {
    const steps = await stepsOf('--source', source);
    expect(steps.at(-2)).toContain('same audio, byte for byte');
    expect(steps.at(-1)).toContain('the signed receipt has come: delivered');
  },
  150_000,
);

test('npm run demo -- --source all plays the good event of every source to a delivered memo', async () => {
  const steps = await stepsOf('--source', 'all');
  const played = steps.slice(2).map((line) => /^✓ ([\w-]+): delivered, same audio/.exec(line)?.[1]);
  expect(played.sort()).toEqual(Object.keys(bridge.sources).sort());
}, 150_000);

test('a source that is not there is said so', async () => {
  await expect(run(process.execPath, ['local/demo.ts', '--source', 'nobody'])).rejects.toThrow(
    'there is no source nobody',
  );
});
