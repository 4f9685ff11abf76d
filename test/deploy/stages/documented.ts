import { readFileSync } from 'node:fs';
import { type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { FunctionName } from '../../../infra/secrets.ts';
import type { Bridge } from '../client.ts';

/** An event, or a record, as AWS documents it, from test/fixtures/lambda/. */
export const documented = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/lambda/${name}.json`, import.meta.url), 'utf8'));

/** Receives the messages that a queue gives at once. A function may consume two queues. */
export const take = async (bridge: Bridge, consumer: FunctionName, index = 0): Promise<Message[]> => {
  const { Messages = [] } = await bridge.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: bridge.queuesOf(consumer)[index]?.url,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
};
