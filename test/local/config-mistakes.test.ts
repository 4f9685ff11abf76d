import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const HOOK = './test/fixtures/broken-config/hook.ts';
const MISTAKES = `The configuration has 2 mistakes:
  - retention: there is no such setting
  - routes.0.send.chatt: there is no such setting: did you mean chat?
`;

test.each(['local/start.ts', 'infra/app.ts'])(
  '%s shows every mistake in bridge.config.ts as a line, ends with 1, and shows no stack',
  async (program) => {
    const child = spawn(process.execPath, ['--import', HOOK, program], { cwd: root });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    expect([code, out, err]).toEqual([1, '', MISTAKES]);
  },
  60_000,
);
