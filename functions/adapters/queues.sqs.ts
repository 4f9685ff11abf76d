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
 * The FIFO queue between `receive` and `store`: in order per target, however often one recording is sent.
 * Errors: `unavailable` (503, retryable) when SQS may not hold every message; a repeat of those it took does no harm.
 * `unreadable` (400) when `store` could not read one of them; then none is sent.
 */
export const sqsRecordingsQueue = (client: SQSClient, { url }: { url: string }): RecordingsQueue => ({
  async send(messages: readonly RecordingMessage[]) {
    const entries = messages.map((message, index) => ({
      Id: String(index % BATCH),
      MessageBody: writeMessage(recordingMessageSchema, message),
      MessageGroupId: groupOfRecording(message),
      // Fresh: a repeated event finds its row, and what is queued again must not be swallowed.
      MessageDeduplicationId: randomUUID(),
    }));
    for (let start = 0; start < entries.length; start += BATCH) {
      const Entries = entries.slice(start, start + BATCH);
      const answer = await held(() => client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries })));
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
      MessageGroupId: `erase:${erasure.erase.memo}`, // waits for no memo, and no memo waits for it
      // Of all that it says: asked for again, an erasure may know of one copy more.
      MessageDeduplicationId: `erase:${createHash('sha256').update(body).digest('hex')}`,
    });
    await held(() => client.send(command));
  },
});

/** By force is another request: it must not be swallowed for a replay without force that came just before. Likewise a message made anew. */
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
  new AftercallError('unavailable', 'the queue does not answer', { retryable: true, retryAfterMs: 5000, cause });
