import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { readCloud, urlOf } from '../cloud/cloud-file.ts';
import { QUEUES, queueUrl, REGION } from '../cloud/resources.ts';
import { FINAL_STATES } from './expectation.ts';
import type { Row } from './verdict.ts';

/** A person's actions during a storm, through the public API. */
export interface Operator {
  /** Puts the chat on the suppression list. */
  suppress(chat: string): Promise<void>;
  /** Asks until the memo is erased. @returns when the bridge confirmed the erasure, in milliseconds since 1970 */
  erase(memo: string): Promise<number>;
  /** Resolves when the replay has begun: the row changes only when the step has read the replay's message. */
  replay(memo: string): Promise<void>;
  /** Puts a copy of the memo's message on the dead-letter queue, as SQS does with the message itself; nothing for a memo that has ended. */
  giveUp(memo: string): Promise<void>;
}

/** Functions and cloud are often down, and a call may wait behind a thousand others. */
const GIVE_UP_MS = 20 * 60_000;
const erasedSchema = z.object({ erased: z.array(z.string()), left: z.array(z.unknown()) });

export const startOperator = (options: {
  data: string;
  api(path: string, init?: RequestInit): Promise<Response>;
  row(memo: string): Promise<Row | undefined>;
}): Operator => {
  const { data, api, row } = options;
  const post = (path: string, body?: object) =>
    api(path, {
      method: 'POST',
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });

  const entries = async (memo: string) => (await row(memo))?.history.length ?? 0;

  return {
    suppress: (chat) => until(async () => (await post('/suppressions', { chat })).ok),

    async erase(memo) {
      await until(async () => {
        const answer = await api(`/memos/${memo}`, { method: 'DELETE' });
        if (answer.status === 404) return (await row(memo)) === undefined;
        if (!answer.ok) return false;
        const { erased, left } = erasedSchema.parse(await answer.json());
        return erased.length > 0 && left.length === 0;
      });
      return Date.now();
    },

    async replay(memo) {
      const before = await entries(memo);
      await until(async () => (await post(`/memos/${memo}/replay`)).ok);
      await until(async () => (await entries(memo)) > before);
    },

    async giveUp(memo) {
      const cloud = readCloud(data);
      if (!cloud) throw new Error('the cloud has written no addresses');
      const sqs = new SQSClient({
        endpoint: urlOf(cloud, 'sqs'),
        region: REGION,
        credentials: { ...cloud.credentials },
      });
      const message = {
        QueueUrl: queueUrl(urlOf(cloud, 'sqs'), QUEUES.memosDeadLetters),
        MessageBody: JSON.stringify({ v: 1, memo, generation: 0 }),
        MessageGroupId: memo,
        MessageDeduplicationId: memo,
      };
      // A quick bridge may have tried the memo already. Linq then answers "no" until the memo is parked.
      let state: string | undefined;
      await until(async () => {
        state = (await row(memo))?.state;
        return state === 'stored' || (state !== undefined && FINAL_STATES.includes(state));
      });
      if (state === 'stored') await until(() => sqs.send(new SendMessageCommand(message)).then(() => true));
      sqs.destroy();
    },
  };
};

/** Parts of the cloud may be down at any moment, so a failed request is made again. */
const until = async (ask: () => Promise<boolean>): Promise<void> => {
  let cause: unknown;
  for (const end = Date.now() + GIVE_UP_MS; Date.now() < end; await sleep(200)) {
    try {
      if (await ask()) return;
    } catch (error) {
      cause = error;
    }
  }
  throw new Error('an operator could not do with the bridge what the plan says, for twenty minutes', { cause });
};
