import { expect, test } from 'vitest';
import { readOptions } from '../../../local/chaos/options.ts';

test('without options it is the matrix and a storm of 2000 calls', () => {
  expect(readOptions([])).toMatchObject({
    calls: 2000,
    seed: 1,
    scale: 0.05,
    source: 'standard-webhooks',
    'no-matrix': false,
  });
});

test('options are read as they are written', () => {
  const options = readOptions(
    '--calls 2000 --seed 7 --scale 0.1 --source twilio --no-matrix --json --verbose'.split(' '),
  );
  expect(options).toMatchObject({
    calls: 2000,
    seed: 7,
    scale: 0.1,
    source: 'twilio',
    'no-matrix': true,
    json: true,
    verbose: true,
  });
});

test.each([
  ['--calls many', '--calls must be a whole number'],
  ['--calls 1.5', '--calls must be a whole number'],
  ['--calls 99999', '--calls may be 20000 at most'],
  ['--seed x', '--seed must be a whole number'],
  ['--scale fast', '--scale must be a number'],
  ['--scale 0', '--scale must be 0.02 or more'],
  ['--scale 2', '--scale may be 1 at most'],
  ['--no-matrix --calls 0', 'nothing to do'],
  ['--storms 3', "Unknown option '--storms'"],
  ['--calls', "Option '--calls <value>' argument missing"],
  ['twilio', "Unexpected argument 'twilio'"],
])('%s is refused with a reason', (args, reason) => {
  expect(() => readOptions(args.split(' '))).toThrow(reason);
});

test('every option that is wrong is named', () => {
  expect(() => readOptions(['--calls', 'x', '--seed', 'y'])).toThrow(/--calls .*\n--seed /);
});
