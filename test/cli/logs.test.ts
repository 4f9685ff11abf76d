import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { tailCommand } from '../../cli/logs/stage.ts';
import { logFile, logFilesIn } from '../../local/bridge/log-file.ts';
import { deploying } from './deploying.ts';
import { running } from './running.ts';

const world = await deploying();
const data = mkdtempSync(join(tmpdir(), 'aftercall-logs-'));
const { now, before } = logFilesIn(data);
const environment = { AFTERCALL_DATA: data };
const [ONE, TWO] = [`m_${'a'.repeat(26)}`, `m_${'b'.repeat(26)}`];
const write = logFile(data, (text) => {
  throw new Error(text);
});
const line = (message: string, more: object = {}) =>
  JSON.stringify({ level: 'INFO', service: 'send', timestamp: '2026-03-04T12:00:00.000Z', message, ...more });

afterAll(async () => {
  rmSync(data, { recursive: true, force: true });
  await world.stop();
});
beforeEach(() => {
  for (const file of [now, before]) rmSync(file, { force: true });
  write(line('sent', { memo: ONE, source: 'twilio', reason: 'to +14155550101' }));
  write('(node:1) a warning of Node');
  write(line('not now', { memo: TWO, source: 'zoom-phone', level: 'WARN' }));
  write(line('dead letter', { memo: TWO, level: 'ERROR', timestamp: '2026-03-04T13:00:00.000Z' }));
});

test.each<[string[], string[]]>([
  [[], ['sent', 'not now', 'dead letter']],
  [['--memo', ONE], ['sent']],
  [['--source', 'zoom-phone'], ['not now']],
  [
    ['--level', 'warn'],
    ['not now', 'dead letter'],
  ],
  [['--since', '2026-03-04T12:30:00Z'], ['dead letter']],
  [['--limit', '1'], ['dead letter']],
])('logs %j shows the lines that fit', async (argv, messages) => {
  const { code, json } = await running(['logs', ...argv, '--json'], { environment });
  expect(code).toBe(0);
  expect((json.entries as { message: string }[]).map(({ message }) => message)).toEqual(messages);
  const { out } = await running(['logs', ...argv], { environment });
  expect(out.split('\n').filter(Boolean)).toHaveLength(messages.length);
  expect(out).not.toContain('4155550101');
});

test('--follow prints each line once, also over the file that becomes the file before', async () => {
  const end = new AbortController();
  const next = ['second', 'third'];
  const { code, out } = await running(['logs', '--follow', '--level', 'error'], {
    environment,
    until: end.signal,
    seen: (said) => {
      if (said.includes('third')) return end.abort();
      if (next[0] === 'second') write(line(next.shift() ?? '', { level: 'ERROR' }));
      else if (said.includes('second') && next.length > 0) {
        write(line('the last of the file', { level: 'ERROR' }));
        renameSync(now, before);
        appendFileSync(now, `${line(next.shift() ?? '', { level: 'ERROR' })}\n`);
      }
    },
  });
  expect(code).toBe(0);
  const messages = out.match(/dead letter|second|the last of the file|third/g);
  expect(messages).toEqual(['dead letter', 'second', 'the last of the file', 'third']);
});

test('--follow goes on while the file is not there', async () => {
  const end = new AbortController();
  let isAway = false;
  const { code, out } = await running(['logs', '--follow'], {
    environment,
    until: end.signal,
    seen: (said) => {
      if (said.includes('of the new file')) return end.abort();
      if (isAway || !said.includes('dead letter')) return;
      isAway = true;
      renameSync(now, before);
      setTimeout(() => write(line('of the new file')), 1300); // the command looks twice a second
    },
  });
  expect([code, out]).toEqual([0, expect.stringContaining('of the new file')]);
});

test('the file is for its owner alone, and two files bound it', () => {
  expect(statSync(now).mode & 0o077).toBe(0);
  const long = line('x'.repeat(1_000_000));
  for (let written = 0; written < 25; written += 1) write(long);
  for (const file of [now, before]) expect(statSync(file).size).toBeLessThan(7_000_000);
  expect(readFileSync(now, 'utf8').endsWith('\n')).toBe(true);
});

test('a line that cannot be written is reported once, and stops nothing', () => {
  const complaints: string[] = [];
  const lost = logFile(join(data, 'nowhere'), (text) => complaints.push(text));
  for (const text of ['one', 'two']) lost(text);
  expect(complaints).toEqual([expect.stringContaining('cannot be written')]);
});

test('without a log it says how to get one', async () => {
  rmSync(now);
  expect(await running(['logs'], { environment })).toMatchObject({
    code: 1,
    err: expect.stringContaining('npm start'),
  });
});

test('of a stage it prints the exact command for each function', async () => {
  const id = (name: string) => `Aftercall-dev-Aftercall${name}Logs2BB59AFC-x1`;
  const groups = ['Receive', 'Store', 'Send', 'Api', 'Tend'].map((name) => ({
    type: 'AWS::Logs::LogGroup',
    id: id(name),
  }));
  world.aws.stacks.set('Aftercall-dev', [{ type: 'AWS::Logs::LogGroup', id: 'Aftercall-dev-AccessLog' }, ...groups]);
  const { code, out } = await world.run(['logs', '--stage', 'dev', '--follow', '--memo', ONE, '--level', 'warn']);
  const filter = `'{ $.memo = "${ONE}" && ($.level = "WARN" || $.level = "ERROR") }'`;
  expect(code).toBe(0);
  expect(out.split('\n').filter((each) => each.startsWith('aws'))).toEqual(
    groups.map((group) => `aws logs tail ${group.id} --format short --since 1h --follow --filter-pattern ${filter}`),
  );
  expect(() => tailCommand('g', { source: `x'; rm -rf ~` })).toThrow('is no memo id and no name of a source');
});
