import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import bridge from '../../bridge.config.ts';

const run = promisify(execFile);

test.each(Object.keys(bridge.sources))(
  'npm run demo -- --source %s plays its good event to a memo with the same audio',
  async (source) => {
    const { stdout } = await run(process.execPath, ['local/demo.ts', '--source', source], { timeout: 60_000 });
    expect(stdout).toContain('same audio, byte for byte');
  },
  90_000,
);

test('a source that is not there is said so', async () => {
  await expect(run(process.execPath, ['local/demo.ts', '--source', 'nobody'])).rejects.toThrow(
    'there is no source nobody',
  );
});
