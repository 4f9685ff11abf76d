import { describe, expect, test } from 'vitest';
import { secretTable } from '../../../infra/secrets.ts';
import { functionNames, sources, synthesise } from '../../infra/synthesised.ts';
import type { Place } from '../place.ts';
import type { FunctionInTemplate, Resource } from '../template.ts';
import type { Judged } from './judge.ts';
import { wrongRights } from './may.ts';
import type { Statement } from './policy.ts';
import { type Role, rolesOf } from './rights.ts';
import { thingsOf } from './things.ts';
import { usageOf } from './usage.ts';

// In each test run the evaluator alone also judges what `npm run verify:deploy` asks moto about.

const { template: synthesised, find } = synthesise();
const resources: Record<string, Resource> = synthesised.toJSON().Resources;
const functions = functionNames.map((name) => {
  const properties = find('AWS::Lambda::Function', name).Properties;
  const [id = ''] = Object.entries(resources).find(([, resource]) => resource.Properties === properties) ?? [];
  const own = { id, name, environment: properties.Environment.Variables, handler: properties.Handler };
  return { ...own, asset: '', memoryMegabytes: 0, timeoutSeconds: 0 } satisfies FunctionInTemplate;
});
const template = { resources, functions, mappings: [], routes: [], scheduled: [], eventRules: [] };
const place: Place = {
  account: '123456789012',
  region: 'eu-west-1',
  sqsUrl: 'https://sqs.example',
  apiUrl: 'https://api.example',
  nameOf: (id) => id,
};
const roles = rolesOf(template, place);
const rows = secretTable(sources);
const { list: things } = thingsOf(
  template,
  place,
  '/aftercall/test/',
  rows.map(({ name }) => name),
);
const roleOf = (name: string): Role => roles.find((role) => role.name === name) as Role; // see the first test
const resourceOf = (thing: string) => things.find((one) => one.thing === thing)?.resource ?? '';

test('every function has one role, and every kind of thing is there to be reached', () => {
  expect(roles.map(({ name }) => name)).toEqual(functionNames);
  expect(new Set(things.map(({ kind }) => kind))).toEqual(
    new Set(['queue', 'object', 'bucket', 'table', 'index', 'secret']),
  );
});

test.each(functionNames)('%s may do its task, and of all else nothing', (name) => {
  expect(wrongRights(roleOf(name), things, rows)).toEqual([]);
});

describe('a role that is wrong is found', () => {
  test.each([
    ['send', 's3:PutObject', 'audio/'],
    ['store', 'ssm:GetParameters', 'secret LINQ_API_V3_API_KEY'],
    ['receive', 'dynamodb:GetItem', 'ledger'],
    ['api', 'dynamodb:DeleteItem', 'ledger'],
    ['tend', 's3:GetObject', 'audio/'],
    ['tend', 'dynamodb:Query', 'index by-call'],
    ['send', 'sqs:PurgeQueue', 'memos'],
  ])('%s may also %s on %s', (name, action, thing) => {
    const { statements } = roleOf(name);
    const more: Statement = { effect: 'Allow', actions: [action], resources: [resourceOf(thing)] };
    const wrong = wrongRights({ name: roleOf(name).name, statements: [...statements, more] }, things, rows);
    expect(wrong).toEqual([`${name} ${action} on ${thing}: it must not, and its role allows it`]);
  });

  test('each of its rights taken away is missed, logs apart', () => {
    for (const { name, statements } of roles) {
      for (const [at, { actions }] of statements.entries()) {
        if (actions.some((action) => action.startsWith('logs:'))) continue;
        const less = statements.filter((_, index) => index !== at);
        expect(wrongRights({ name, statements: less }, things, rows).join()).toContain('its role does not allow it');
      }
    }
  });
});

describe('the use of rights', () => {
  const calls = (...needs: [action: string, thing: string][]): Judged[] =>
    needs.map(([action, thing]) => ({
      by: 'send',
      refused: [],
      call: {
        service: '',
        operation: '',
        accessKeyId: '',
        presigned: false,
        needs: [{ action, resource: resourceOf(thing) }],
      },
    }));
  const of = (...needs: [action: string, thing: string][]) => usageOf(roleOf('send'), calls(...needs));

  test('a right that no call needed and no path names is superfluous', () => {
    const { superfluous } = of();
    expect(superfluous).toContain(`send s3:ListBucket on ${resourceOf('bucket')}`);
    expect(superfluous.filter((right) => /logs:|GetQueueAttributes/.test(right))).toEqual([]);
  });

  test('the list of what waits is used only after hours of a fault of ours, and the lists of each sweep always', () => {
    const { superfluous } = usageOf(roleOf('tend'), []);
    const queries = superfluous.filter((right) => right.includes('dynamodb:Query'));
    expect(queries.map((right) => right.replace(/^.*index\//, '')).sort()).toEqual(['due', 'newest']);
  });

  test('one that a call needed is used, and no other', () => {
    const { used, granted } = of(['s3:GetObject', 'audio/']);
    expect([used, granted > 10]).toEqual([1, true]);
  });

  test("another function's call is no use of it", () => {
    expect(usageOf({ ...roleOf('api'), name: 'api' }, calls(['s3:GetObject', 'audio/'])).used).toBe(0);
  });
});
