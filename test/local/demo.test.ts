import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import bridge from '../../bridge.config.ts';

const run = promisify(execFile);

test.each(Object.keys(bridge.sources))(
  'npm run demo -- --source %s plays its good event to a memo with the same audio, and ends with its signed receipt',
  async (source) => {
    const { stdout } = await run(process.execPath, ['local/demo.ts', '--source', source], { timeout: 60_000 });
    const steps = stdout.split('\n').filter((line) => line.startsWith('✓'));
    expect(steps.at(-2)).toContain('same audio, byte for byte');
    expect(steps.at(-1)).toContain('the signed receipt has come: delivered');
  },
  90_000,
);

test('a source that is not there is said so', async () => {
  await expect(run(process.execPath, ['local/demo.ts', '--source', 'nobody'])).rejects.toThrow(
    'there is no source nobody',
  );
});
