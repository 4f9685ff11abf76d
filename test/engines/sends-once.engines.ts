import { afterAll, beforeAll, test } from 'vitest';
import type { LedgerHome } from '../contracts/ledger.home.ts';
import { sendsOnce } from '../contracts/sends-once.ts';
import { dynamodbHome } from '../fakes/dynamodb.ts';

/** Fewer runs than with dynalite, because a write takes moto ten milliseconds. */
const RUNS = 10;

let home: LedgerHome;
beforeAll(async () => {
  home = await dynamodbHome();
});
afterAll(() => home.stop());

test(`over moto's DynamoDB too, one memo is in the chat at most (${RUNS} worlds)`, async () => {
  await sendsOnce(RUNS, (clock) => home.ledger(clock));
}, 60_000);
