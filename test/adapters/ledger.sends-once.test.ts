import { afterAll, beforeAll, test } from 'vitest';
import type { LedgerHome } from '../contracts/ledger.home.ts';
import { sendsOnce } from '../contracts/sends-once.ts';
import { dynamodbHome } from '../fakes/dynamodb.ts';

const RUNS = 60;

let home: LedgerHome;
beforeAll(async () => {
  home = await dynamodbHome();
});
afterAll(() => home.stop());

test(`over DynamoDB's ledger too, one memo is in the chat at most, whatever is delivered, replayed and killed (${RUNS} worlds)`, async () => {
  await sendsOnce(RUNS, (clock) => home.ledger(clock));
}, 240_000);
