import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { writeMessage } from '../core/model/messages.ts';
import { webhookTraceSchema } from '../core/model/traces.ts';
import type { TraceQueue } from '../core/ports/ports.ts';

/**
 * Traces go to the queue of the recordings: `receive` may send to that queue alone. A source's traces are a message group,
 * so `store` works on one at a time, and delays no recording.
 */
export const sqsTraceQueue = (client: SQSClient, { url }: { url: string }): TraceQueue => ({
  async send(message) {
    const { id, source } = message.trace;
    await client.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: writeMessage(webhookTraceSchema, message),
        MessageGroupId: `trace:${source}`,
        MessageDeduplicationId: id,
      }),
    );
  },
});
