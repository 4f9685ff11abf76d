import { deduplicationId } from '../../functions/adapters/queues.sqs.ts';
import { AftercallError } from '../../functions/core/model/errors.ts';
import {
  type LinqErasure,
  linqErasureSchema,
  type MemoMessage,
  memoMessageSchema,
  type RecordingMessage,
  recordingMessageSchema,
  writeMessage,
} from '../../functions/core/model/messages.ts';
import type { Clock, MemosQueue, RecordingsQueue } from '../../functions/core/ports/ports.ts';

export interface MemoryRecordingsQueue extends RecordingsQueue {
  messages: RecordingMessage[];
  /** From now on the queue does not answer. */
  goDown(): void;
}

/** Holds what a consumer would read: each message goes through JSON and the schema. */
export const memoryRecordingsQueue = (): MemoryRecordingsQueue => {
  const messages: RecordingMessage[] = [];
  let down = false;
  return {
    messages,
    goDown() {
      down = true;
    },
    async send(batch) {
      if (down) throw new AftercallError('unavailable', 'the queue does not answer', { retryable: true });
      messages.push(
        ...batch.map((message) =>
          recordingMessageSchema.parse(JSON.parse(writeMessage(recordingMessageSchema, message))),
        ),
      );
    },
  };
};

export interface MemoryMemosQueue extends MemosQueue {
  messages: { message: MemoMessage; group: string }[];
  erasures: LinqErasure[];
}

/**
 * The deduplication window of SQS FIFO,
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
 */
const DEDUPLICATION_MS = 5 * 60 * 1000;

/** Drops a message whose memo, generation and force it took less than five minutes ago, as SQS does. */
export const memoryMemosQueue = ({ clock }: { clock: Clock }): MemoryMemosQueue => {
  const messages: MemoryMemosQueue['messages'] = [];
  const erasures: LinqErasure[] = [];
  const taken = new Map<string, number>();
  return {
    messages,
    erasures,
    async sendErasure(given) {
      const id = JSON.stringify(given);
      const before = taken.get(id);
      if (before !== undefined && clock.nowMs() - before < DEDUPLICATION_MS) return;
      taken.set(id, clock.nowMs());
      erasures.push(linqErasureSchema.parse(JSON.parse(writeMessage(linqErasureSchema, given))));
    },
    async send(given, group) {
      const message = memoMessageSchema.parse(JSON.parse(writeMessage(memoMessageSchema, given)));
      const id = deduplicationId(message);
      const before = taken.get(id);
      if (before !== undefined && clock.nowMs() - before < DEDUPLICATION_MS) return;
      taken.set(id, clock.nowMs());
      messages.push({ message, group });
    },
  };
};
