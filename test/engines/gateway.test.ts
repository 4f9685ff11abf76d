import http from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Listening, listen } from '../../local/loopback/listen.ts';
import { startGateway } from './gateway.ts';

const DYNAMODB = { method: 'POST', headers: { 'x-amz-target': 'DynamoDB_20120810.GetItem' } };

let target: Listening;
let gateway: Listening;
/** The requests that wait for an answer of the service behind the gateway, in the order of arrival. */
let inHand: { path: string; answer: () => void }[];
let came: () => void;
beforeEach(async () => {
  inHand = [];
  came = () => {};
  const server = http.createServer((request, response) => {
    inHand.push({ path: request.url ?? '', answer: () => response.end(request.url) });
    came();
  });
  target = await listen(server, 0);
  gateway = await startGateway(target);
});
afterEach(async () => {
  await gateway.stop();
  await target.stop();
});
const ask = (path: string, init: RequestInit = {}) =>
  fetch(gateway.url + path, { ...DYNAMODB, ...init }).then((answer) => answer.text());
const hasCome = (count: number): Promise<void> =>
  new Promise((resolve) => {
    came = () => {
      if (inHand.length >= count) resolve();
    };
    came();
  });

test('DynamoDB gets one request at a time', async () => {
  const one = ask('/one');
  await hasCome(1);
  const two = ask('/two');
  const other = fetch(`${gateway.url}/sqs`, { method: 'POST' }).then((answer) => answer.text());
  await hasCome(2);
  expect(inHand.map(({ path }) => path)).toEqual(['/one', '/sqs']);

  inHand[1]?.answer();
  inHand[0]?.answer();
  await hasCome(3);
  inHand[2]?.answer();

  expect(await Promise.all([one, two, other])).toEqual(['/one', '/two', '/sqs']);
});

test('a client that leaves while it waits for its turn holds up none behind it', async () => {
  const one = ask('/one');
  await hasCome(1);
  const leaving = new AbortController();
  const left = ask('/left', { signal: leaving.signal }).catch((error: Error) => error.name);
  await roundTrip(); // now the gateway has the request
  leaving.abort();
  expect(await left).toBe('AbortError');
  await roundTrip(); // now the gateway knows that its client has left
  const three = ask('/three');
  inHand[0]?.answer();
  expect(await one).toBe('/one');

  await hasCome(4);
  expect(inHand[3]?.path).toBe('/three');
  inHand[3]?.answer();
  expect(await three).toBe('/three');
});

/** Makes a request to another service than DynamoDB. Such requests do not wait for each other. */
const roundTrip = async () => {
  const answered = fetch(`${gateway.url}/sqs`, { method: 'POST' });
  const count = inHand.length + 1;
  await hasCome(count);
  inHand[count - 1]?.answer();
  await answered;
};
