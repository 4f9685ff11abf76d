import { createHash, randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { AftercallError } from '../core/model/errors.ts';
import {
  groupOfRecording,
  type LinqErasure,
  linqErasureSchema,
  type MemoMessage,
  memoMessageSchema,
  type RecordingMessage,
  recordingMessageSchema,
  writeMessage,
} from '../core/model/messages.ts';
import type { MemosQueue, RecordingsQueue } from '../core/ports/ports.ts';

/** SQS takes ten messages in a batch. */
const BATCH = 10;

/**
 * The FIFO queue between `receive` and `store`: in order per target, however often one recording is sent. `send` throws
 * AftercallError `unavailable` (503, retryable) where SQS may not hold every message; the messages may be sent again.
 * It throws `unreadable` (400) where `store` could not read one of them; then none is sent.
 */
export const sqsRecordingsQueue = (client: SQSClient, { url }: { url: string }): RecordingsQueue => ({
  async send(messages: readonly RecordingMessage[]) {
    const entries = messages.map((message, index) => ({
      Id: String(index % BATCH),
      MessageBody: writeMessage(recordingMessageSchema, message),
      MessageGroupId: groupOfRecording(message),
      // Fresh ids: SQS must not drop a message that is queued again. A repeated event finds its row.
      MessageDeduplicationId: randomUUID(),
    }));
    for (let start = 0; start < entries.length; start += BATCH) {
      const Entries = entries.slice(start, start + BATCH);
      const answer = await held(() => client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries })));
      // SQS answers 200 even for a batch that failed in part.
      if (answer.Failed?.length) throw unavailable(new Error(answer.Failed[0]?.Code));
    }
  },
});

/** The FIFO queue between `store` and `send`. SQS drops messages with a repeated deduplication id for five minutes. */
export const sqsMemosQueue = (client: SQSClient, { url }: { url: string }): MemosQueue => ({
  async send(message: MemoMessage, group: string) {
    const command = new SendMessageCommand({
      QueueUrl: url,
      MessageBody: writeMessage(memoMessageSchema, message),
      MessageGroupId: group,
      MessageDeduplicationId: deduplicationId(message),
    });
    await held(() => client.send(command));
  },

  async sendErasure(erasure: LinqErasure) {
    const body = writeMessage(linqErasureSchema, erasure);
    const command = new SendMessageCommand({
      QueueUrl: url,
      MessageBody: body,
      MessageGroupId: `erase:${erasure.erase.memo}`, // waits for no memo, and delays no memo
      // A hash of the whole message: a repeated erasure may know one copy more.
      MessageDeduplicationId: `erase:${createHash('sha256').update(body).digest('hex')}`,
    });
    await held(() => client.send(command));
  },
});

/**
 * A replay with force is another request: SQS must not drop it because of an earlier replay without force. The same
 * goes for a message that replaces another.
 */
export const deduplicationId = ({ memo, generation, force, anew }: MemoMessage): string =>
  `${memo}:${generation}${force ? ':force' : ''}${anew ? ':anew' : ''}`;

const held = async <T>(send: () => Promise<T>): Promise<T> => {
  try {
    return await send();
  } catch (cause) {
    throw unavailable(cause);
  }
};

const unavailable = (cause: unknown): AftercallError =>
  new AftercallError('unavailable', 'the queue does not answer: try again', {
    retryable: true,
    retryAfterMs: 5000,
    cause,
  });
