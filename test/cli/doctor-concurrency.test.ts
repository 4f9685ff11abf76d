import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bridge, defineBridge } from '../../functions/config.ts';
import { s3Drop } from '../../functions/sources/s3-drop.ts';
import { type Parameters, parameterStore } from './parameters.ts';
import { running } from './running.ts';

// What the doctor reports about the account's limit of functions that run at once.

let aws: Parameters;
beforeAll(async () => {
  aws = await parameterStore();
  aws.stored.set('/aftercall/prod/URL', 'http://127.0.0.1:1');
});
afterAll(() => aws.server.stop());

const ASK = 'ask AWS for more: Service Quotas, AWS Lambda, Concurrent executions';
const look = async (limit: Parameters['limit'], settings: Partial<Bridge> = {}, ...argv: string[]) => {
  aws.limit = limit;
  const bridge = async () => defineBridge({ sources: {}, routes: [], ...settings });
  const { json } = await running(['doctor', '--json', ...(argv.length > 0 ? argv : ['--stage', 'prod'])], { bridge });
  const all = json.checks as { area: string; state: string; says: string; fix?: string }[];
  return all.filter(({ area }) => area === 'account').map(({ state, says, fix }) => ({ state, says, fix }));
};
const of = (all: number, unreserved = all) => ({ all, unreserved });

test('the defaults fit a new account, which runs ten at once', async () => {
  expect(await look(of(10))).toEqual([
    { state: 'ok', says: '10 functions may run at once; store 3 and send 3 leave 4', fix: undefined },
  ]);
});

test.each([
  [of(10), { store: 5 }, 'store 5 and send 3 leave 2', 'set concurrency: { store: 3, send: 3 }'],
  [of(10), { store: 2, send: 1000 }, 'store 2 and send 1000 leave 0', 'set concurrency: { store: 2, send: 4 }'],
  [of(1000, 20), { store: 10, send: 20 }, 'store 10 and send 20 leave 0', 'set concurrency: { store: 5, send: 11 }'],
])('caps that leave receive no room in %j are a fault, with the numbers that fit', async (limit, caps, left, set) => {
  expect(await look(limit, { concurrency: caps })).toEqual([
    {
      state: 'fault',
      says: `${limit.unreserved} functions may run at once; ${left}, and receive, api and tend need 4: while both are busy, webhooks are answered 5xx`,
      fix: `${set} in bridge.config.ts and deploy, or ${ASK}`,
    },
  ]);
});

describe('where a bucket names a source', () => {
  const buckets = [{ name: 'acme-calls', prefix: 'calls/', source: 's3-drop' }];
  const drops = { sources: { 's3-drop': s3Drop() }, buckets };

  test('the two new objects that receive takes at once are counted', async () => {
    expect(await look(of(10), drops)).toEqual([
      {
        state: 'fault',
        says: '10 functions may run at once; store 3, send 3 and new objects 2 leave 2, and webhooks, api and tend need 4: while all are busy, webhooks are answered 5xx',
        fix: `set concurrency: { store: 2, send: 2 } in bridge.config.ts and deploy, or ${ASK}`,
      },
    ]);
    expect(await look(of(12), drops)).toMatchObject([{ state: 'ok' }]);
    expect(await look(of(10), { ...drops, concurrency: { store: 2, send: 2 } })).toMatchObject([{ state: 'ok' }]);
  });

  test('only buckets of this stage that name a source count', async () => {
    const without = [{ name: 'acme-calls', prefix: 'calls/' }];
    expect(await look(of(10), { ...drops, buckets: without })).toMatchObject([{ state: 'ok' }]);
    expect(await look(of(10), { ...drops, stages: { prod: { buckets: [] } } })).toMatchObject([{ state: 'ok' }]);
  });

  test('a reserve must have room for webhooks beside them', async () => {
    const reserved = (receive: number) => look(of(1000, 900), { ...drops, concurrency: { receive } });
    expect(await reserved(3)).toEqual([
      {
        state: 'fault',
        says: 'concurrency.receive reserves 3, and new objects take 2 of them: while they are busy, webhooks are answered 5xx',
        fix: 'set concurrency.receive to 4 or more in bridge.config.ts and deploy, or remove it',
      },
    ]);
    expect(await reserved(4)).toEqual([
      { state: 'ok', says: '900 functions may run at once; store 3 and send 3 leave 894', fix: undefined },
    ]);
  });
});

test('where no cap is low enough, only AWS can help', async () => {
  expect(await look(of(1000, 7))).toMatchObject([{ state: 'fault', fix: ASK }]);
});

test('what a stage has of its own counts', async () => {
  const settings = { concurrency: { store: 100 }, stages: { prod: { concurrency: { store: 3 } } } };
  expect(await look(of(10), settings)).toMatchObject([{ state: 'ok' }]);
  expect(await look(of(10), { ...settings, stages: {} })).toMatchObject([{ state: 'fault' }]);
});

test.each([
  [of(10), 1, 'remove concurrency.receive in bridge.config.ts'],
  [of(150), 60, 'set concurrency.receive to 50 or less in bridge.config.ts'],
])('a reserve that AWS refuses is found before the deploy: %j, %i', async (limit, receive, fix) => {
  expect(await look(limit, { concurrency: { receive } })).toEqual([
    {
      state: 'fault',
      says: `concurrency.receive reserves ${receive} of the account's ${limit.all}, but AWS keeps 100 unreserved and refuses the deploy`,
      fix: `${fix}, or ${ASK}`,
    },
  ]);
});

test('a reserve is room for receive', async () => {
  const concurrency = { receive: 50, store: 60, send: 38 };
  expect(await look(of(150, 100), { concurrency })).toMatchObject([{ state: 'ok' }]);
});

test('credentials that may not ask are a warning, and what they lack is named', async () => {
  expect(await look('denied')).toEqual([
    {
      state: 'warning',
      says: "the account's limit cannot be read: these AWS credentials lack the permission",
      fix: 'allow lambda:GetAccountSettings to these credentials',
    },
  ]);
});

test('a local bridge has no account, and none is asked about', async () => {
  aws.server.asked.length = 0;
  expect(await look(of(10), {}, '--url', 'http://127.0.0.1:1')).toEqual([]);
  expect(aws.server.asked).toEqual([]);
});
