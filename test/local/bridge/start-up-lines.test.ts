import { expect, test } from 'vitest';
import { startUpLines } from '../../../local/bridge/start-up-lines.ts';
import { readSettings } from '../../../local/settings.ts';

const lines = async (environment: Record<string, string>) =>
  (await startUpLines(readSettings(environment), 'http://127.0.0.1:8787', 'http://127.0.0.1:9000')).join('\n');

test('a short API key behind a public address is said to be guessable, and shown to nobody', async () => {
  const short = { AFTERCALL_API_KEY: 'short-key-1' };
  const tunnel = { PUBLIC_URL: 'https://calls.example.com' };

  expect(await lines({ ...short, ...tunnel })).toContain('take 16 characters or more');
  expect(await lines({ ...short, ...tunnel })).not.toContain('short-key-1');
  expect(await lines(short)).not.toContain('guess');
  expect(await lines({ AFTERCALL_API_KEY: 'a-key-of-sixteen', ...tunnel })).not.toContain('guess');
});
