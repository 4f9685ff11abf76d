import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { deploying } from './deploying.ts';

const world = await deploying();
afterAll(() => world.stop());

/** The SDK sends its SQS requests to the host of the queue's URL. */
const QUEUE = `${world.aws.server.origin}/123456789012/Aftercall-dev-Recordings`;
const RESOURCES = [
  { type: 'AWS::Lambda::Function', id: 'Aftercall-dev-Receive' },
  { type: 'AWS::S3::Bucket', id: 'aftercall-dev-audio' },
  { type: 'AWS::DynamoDB::GlobalTable', id: 'Aftercall-dev-Ledger' },
  { type: 'AWS::SQS::Queue', id: QUEUE },
];
const DATA = RESOURCES.slice(1).map(({ id }) => id);
/** The stage's data that exists in the account: buckets, tables and queues. */
const there = () => [...world.aws.buckets.keys(), ...world.aws.tables, ...world.aws.queues];
const subcommands = () => world.calls().map(({ args }) => args[0]);

beforeEach(() => {
  world.aws.reset();
  world.prepare('dev');
  world.cdk();
  world.aws.stacks.set('Aftercall-dev', RESOURCES);
  world.aws.stacks.set('Aftercall-prod', [{ type: 'AWS::S3::Bucket', id: 'aftercall-prod-audio' }]);
  world.aws.buckets.set('aftercall-dev-audio', new Set(['audio/1', 'audio/2', 'audio/3', 'inbox/4', 'audio/5']));
  world.aws.tables.add('Aftercall-dev-Ledger');
  world.aws.queues.add(QUEUE);
});

describe('destroy', () => {
  test('takes the stack down and keeps recordings, rows and queues, each by its name', async () => {
    const { code, out, err } = await world.spawn(['destroy', '--stage', 'dev', '--yes']);
    expect([code, err.replace(/(synth|destroy) done\n/g, '')]).toEqual([0, '']);
    expect(world.calls().map(({ args }) => args.slice(0, 2))).toEqual([
      ['synth', '--quiet'],
      ['destroy', 'Aftercall-dev'],
    ]);
    expect(out).toContain('These are kept, with everything in them:');
    for (const id of DATA) expect(out).toContain(id);
    expect(out).not.toContain('prod');
    expect(there()).toEqual(DATA);
  });

  test('asks at a terminal, and a no leaves everything', async () => {
    const { code, err } = await world.run(['destroy', '--stage', 'dev'], {}, ['n']);
    expect([code, world.calls()]).toEqual([1, []]);
    expect(err).toContain('Delete Aftercall-dev? [y/N]');
    expect(err).toContain('nothing was deleted');
  });

  test('where nobody can be asked it takes --yes', async () => {
    const { code, err } = await world.run(['destroy', '--stage', 'dev']);
    expect([code, err]).toEqual([2, 'error: destroy asks first, and there is no terminal to ask at: add --yes\n']);
  });

  test('of a stage that is not there says where it has looked', async () => {
    const { code, err } = await world.run(['destroy', '--stage', 'test', '--yes']);
    expect([code, err]).toEqual([
      1,
      'error: there is no stack Aftercall-test in account 123456789012, eu-central-1.\n',
    ]);
  });

  test('keeps the data where the stack cannot be deleted', async () => {
    world.cdk({ destroy: { code: 1, prints: 'not authorized to perform: cloudformation:DeleteStack' } });
    const { code, err } = await world.run(['destroy', '--stage', 'dev', '--yes', '--with-data', '--confirm', 'dev']);
    expect([code, there()]).toEqual([1, DATA]);
    expect(err).toContain('the stack was not deleted');
  });
});

describe('destroy --with-data', () => {
  test('says what it will delete, asks for the name of the stage, and leaves nothing', async () => {
    const { code, out, err } = await world.run(['destroy', '--stage', 'dev', '--with-data'], {}, ['dev']);
    expect([code, there(), subcommands()]).toEqual([0, [], ['synth', 'destroy']]);
    expect(err).toContain('This cannot be undone. Type the name of the stage (dev):');
    const [said, did] = [out.indexOf('These go too'), out.indexOf('✓')];
    expect(said).toBeLessThan(did);
    for (const id of DATA) expect(out.slice(0, did)).toContain(id);
    for (const id of DATA) expect(out).toMatch(new RegExp(`^✓ \\w+ ${id} is deleted$`, 'm'));
  });

  test.each([['prod'], ['y'], ['']])('%j is not the name: nothing goes', async (typed) => {
    const { code } = await world.run(['destroy', '--stage', 'dev', '--with-data'], {}, [typed]);
    expect([code, there(), world.calls()]).toEqual([1, DATA, []]);
  });

  test('--yes alone is not enough where nobody can be asked', async () => {
    const { code, err } = await world.run(['destroy', '--stage', 'dev', '--with-data', '--yes']);
    expect([code, there(), world.calls()]).toEqual([2, DATA, []]);
    expect(err).toContain('add --confirm dev');
  });

  test('another stage’s data stays', async () => {
    world.aws.buckets.set('aftercall-prod-audio', new Set(['audio/1']));
    await world.run(['destroy', '--stage', 'dev', '--with-data', '--yes', '--confirm', 'dev']);
    expect(there()).toEqual(['aftercall-prod-audio']);
  });

  test('finds what an earlier destroy kept', async () => {
    world.aws.stacks.delete('Aftercall-dev');
    const kept = RESOURCES.map((each, at) => ({ ...each, status: at === 0 ? 'DELETE_COMPLETE' : 'DELETE_SKIPPED' }));
    world.aws.deleted.push(
      { name: 'Aftercall-dev', id: 'arn:aws:cloudformation:stack/Aftercall-dev/1', resources: kept },
      { name: 'Aftercall-prod', id: 'arn:aws:cloudformation:stack/Aftercall-prod/1', resources: [] },
    );
    const { code, json } = await world.run([
      ...['destroy', '--stage', 'dev', '--with-data', '--yes', '--confirm', 'dev', '--json'],
    ]);
    expect([code, there(), world.calls()]).toEqual([0, [], []]);
    expect((json.deleted as { id: string }[]).map(({ id }) => id).toSorted()).toEqual(DATA.toSorted());
  });

  test('what is gone already is no failure', async () => {
    world.aws.buckets.clear();
    world.aws.tables.clear();
    world.aws.queues.clear();
    const { code } = await world.run(['destroy', '--stage', 'dev', '--with-data', '--yes', '--confirm', 'dev']);
    expect(code).toBe(0);
  });
});
