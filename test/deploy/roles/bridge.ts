import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { MemoJson } from '../../../functions/http/response-schemas.ts';
import { json, standardWebhook, until, wav } from '../../world.ts';
import { fetchAgain } from '../fetch-again.ts';
import type { Template } from '../template.ts';
import type { Keys } from './deliveries.ts';
import type { RolesDeployment } from './deployment.ts';

/** A deployment whose rights are judged, for the requests of senders and people. */
export interface Bridge {
  deployment: RolesDeployment;
  template: Template;
  keys: Keys;
  sqs: SQSClient;
}

/** The calls of a function that touch a memo's objects. */
export const calls = ({ deployment }: Bridge, by: string, operation: string, id: string) =>
  deployment.judge.calls.filter(
    (judged) =>
      judged.by === by && judged.call.operation === operation && judged.call.object?.key.includes(`audio/${id}/`),
  );

export const posted = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
export const authorized = ({ deployment, keys }: Bridge, path: string, init: RequestInit = {}) =>
  fetchAgain(deployment.url + path, { ...init, headers: { authorization: `Bearer ${keys.api}`, ...init.headers } });
export const sentTo = ({ deployment }: Bridge, chat: string) =>
  deployment.linq.sent.filter((sent) => sent.chat === chat);

/** Posts a signed webhook for this recording into a new chat. The bridge must answer 200. */
export const arrives = async (
  of: Bridge,
  recording_url: string,
  { chat = randomUUID() as string, ...facts } = {} as { chat?: string; from?: string },
) => {
  const data = { id: `rec_${randomUUID()}`, call_id: randomUUID(), recording_url, ...facts };
  const signed = standardWebhook(of.keys.standardWebhooks, data);
  const query = chat && `?chat=${chat}`; // without a chat no route matches, and the recording waits for a route
  const answer = await fetchAgain(`${of.deployment.url}/hooks/standard-webhooks${query}`, {
    method: 'POST',
    ...signed,
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  const { memos } = await json<{ memos: string[] }>(answer);
  return { chat, id: String(memos[0]) };
};

/** A long limit, because a busy machine is slow. A wait that ends early costs nothing. */
export const BUSY_MS = 150_000;

export const reaches = async (of: Bridge, id: string, states: MemoJson['state'][]): Promise<MemoJson> => {
  const look = async () => json<MemoJson>(await authorized(of, `/memos/${id}`));
  const seen = await until(async () => {
    await pause();
    const row = await look();
    return states.includes(row.state) ? row : undefined;
  }, BUSY_MS);
  if (seen) return seen;
  const lines = of.deployment
    .log()
    .slice(-5)
    .map((line) => line.slice(0, 300))
    .join('\n');
  throw new Error(`${id} never was ${states.join(' or ')}: ${JSON.stringify(await look())}\n${lines}`);
};
/** A pause between two reads of a memo: each read is an event of `api`. */
export const pause = () => setTimeout(300);

/** A recording in the form in which `receive` queues it. */
export const letter = ({ deployment }: Bridge, callId: string) => ({
  v: 1,
  recording: {
    source: 'standard-webhooks',
    id: `rec_${randomUUID()}`,
    callId,
    media: { kind: 'url', url: deployment.media.serve(wav(2)) },
  },
  target: { chat: callId },
  receivedAt: new Date().toISOString(),
});

/** Makes a recording whose message its queue gave up: it has a failed row. */
export const deadLettered = async (of: Bridge) => {
  const chat = randomUUID();
  await queue(of, 'RECORDINGS_DLQ_URL', letter(of, chat));
  const id = await rowOf(of, chat);
  await reaches(of, id, ['failed']);
  return { chat, id };
};

export const rowOf = async (of: Bridge, callId: string): Promise<string> => {
  const memo = await until(async () => {
    await pause();
    const { memos } = await json<{ memos: { id: string }[] }>(await authorized(of, `/memos?call=${callId}`));
    return memos[0];
  }, BUSY_MS);
  assert.ok(memo, `the call ${callId} has no row`);
  return memo.id;
};

type QueueVariable = 'RECORDINGS_QUEUE_URL' | 'RECORDINGS_DLQ_URL' | 'MEMOS_DLQ_URL';
const urlOf = ({ template, deployment }: Bridge, variable: QueueVariable): string => {
  const value = template.functions.find(({ environment }) => variable in environment)?.environment[variable];
  return String(deployment.resolve(value));
};
export const queue = async (of: Bridge, variable: QueueVariable, message: object) => {
  const QueueUrl = urlOf(of, variable).replace(/^http:\/\/[^/]+/, of.deployment.moto.url);
  const ids = { MessageGroupId: randomUUID(), MessageDeduplicationId: randomUUID() };
  const fifo = QueueUrl.endsWith('.fifo') && ids;
  await of.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message), ...fifo }));
};

/** Resolves when the queue's consumer has deleted a message of the queue. */
export const empties = async (of: Bridge, variable: QueueVariable) => {
  const url = urlOf(of, variable);
  const done = await until(
    () =>
      of.deployment.judge.calls.some(
        ({ call }) =>
          call.operation === 'DeleteMessage' && call.needs[0]?.resource.endsWith(`:${url.split('/').pop()}`),
      ) || undefined,
  );
  assert.ok(done, `${variable} keeps its message`);
};
