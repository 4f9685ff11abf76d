import { createHash } from 'node:crypto';
import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { AftercallError } from '../core/errors.ts';
import type { LinqErasure, MemoMessage, RecordingMessage } from '../core/messages.ts';
import type { MemosQueue, RecordingsQueue } from '../core/ports.ts';

/** SQS takes ten messages in a batch. */
const BATCH = 10;

/**
 * The standard queue between `receive` and `store`.
 * Errors: `unavailable` (503, retryable) when SQS may not hold every message; a repeat of those it took does no harm.
 */
export const sqsRecordingsQueue = (client: SQSClient, { url }: { url: string }): RecordingsQueue => ({
  async send(messages: readonly RecordingMessage[]) {
    for (let start = 0; start < messages.length; start += BATCH) {
      const entries = messages
        .slice(start, start + BATCH)
        .map((message, index) => ({ Id: String(index), MessageBody: ascii(message) }));
      const answer = await held(() => client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries })));
      // A batch is answered 200 even when it failed in part.
      if (answer.Failed?.length) throw unavailable(new Error(answer.Failed[0]?.Code));
    }
  },
});

/** The FIFO queue between `store` and `send`. SQS swallows a repeated deduplication id for five minutes. */
export const sqsMemosQueue = (client: SQSClient, { url }: { url: string }): MemosQueue => ({
  async send(message: MemoMessage, group: string) {
    const command = new SendMessageCommand({
      QueueUrl: url,
      MessageBody: ascii(message),
      MessageGroupId: group,
      MessageDeduplicationId: deduplicationId(message),
    });
    await held(() => client.send(command));
  },

  async sendErasure(erasure: LinqErasure) {
    const body = ascii(erasure);
    const command = new SendMessageCommand({
      QueueUrl: url,
      MessageBody: body,
      MessageGroupId: `erase:${erasure.erase.memo}`, // waits for no memo, and no memo waits for it
      // Of all that it says: asked for again, an erasure may know of one copy more.
      MessageDeduplicationId: `erase:${createHash('sha256').update(body).digest('hex')}`,
    });
    await held(() => client.send(command));
  },
});

/** By force is another request: it must not be swallowed for a replay without force that came just before. */
export const deduplicationId = ({ memo, turn, force }: MemoMessage): string =>
  `${memo}:${turn}${force ? ':force' : ''}`;

/** JSON with everything beyond ASCII escaped: SQS refuses some characters that signed JSON may hold. */
export const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const held = async <T>(send: () => Promise<T>): Promise<T> => {
  try {
    return await send();
  } catch (cause) {
    throw unavailable(cause);
  }
};

const unavailable = (cause: unknown): AftercallError =>
  new AftercallError('unavailable', 'the queue does not answer', { retryable: true, retryAfterMs: 5000, cause });
