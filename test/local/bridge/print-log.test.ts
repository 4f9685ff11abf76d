import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { forPeople, printLog } from '../../../local/bridge/print-log.ts';

const line = JSON.stringify({
  level: 'WARN',
  service: 'receive',
  message: 'refused',
  source: 'twilio',
  reason: 'stale',
  ms: 3,
  secret: 'x',
});

test('a log line becomes one line for a person: what, where, why, how long', () => {
  const shown = forPeople(line);
  for (const part of ['receive', 'refused', 'twilio', 'stale', '3 ms']) expect(shown).toContain(part);
  expect(shown).not.toContain('\n');
});

test('what CloudWatch counts is not shown to a person', () => {
  const emf = { _aws: { Timestamp: 1, CloudWatchMetrics: [] }, stage: 'prod', EventsRefused: 1 };
  const counted = JSON.stringify({ ...JSON.parse(line), ...emf });
  expect(String(forPeople(counted)).slice(15)).toBe(String(forPeople(line)).slice(15)); // the time before may differ
});

test('the heartbeat of the sweep is kept, but not shown to a person', async () => {
  const beat = JSON.stringify({ level: 'INFO', service: 'tend', message: 'swept', outcome: 'swept' });
  for (const [isTTY, shown] of [
    [true, ''],
    [false, `${beat}\n`],
  ] as const) {
    const [from, to] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY })];
    printLog(from, to);
    from.end(`${beat}\n`);
    from.on('close', () => setImmediate(() => to.end()));
    expect(await text(to)).toBe(shown);
  }
});

test('what is no log line is shown as it is', () => {
  expect(forPeople('Aftercall listens')).toBe('Aftercall listens');
  expect(forPeople('{"half":')).toBe('{"half":');
  expect(forPeople('{"other":"json"}')).toBe('{"other":"json"}');
});

test.each([
  ['a terminal', true, false],
  ['a file or a pipe', false, true],
])('%s: JSON stays JSON only where no person looks', async (_name, isTTY, staysJson) => {
  const [from, to] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY })];
  printLog(from, to);
  from.end(`${line}\n`);
  from.on('close', () => setImmediate(() => to.end()));
  expect((await text(to)) === `${line}\n`).toBe(staysJson);
});
