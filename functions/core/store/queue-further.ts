import type { RoutedMessage } from '../model/messages.ts';
import type { RecordingsQueue } from '../ports/ports.ts';
import type { FurtherRecording } from '../ports/source.ts';

/** As many as an event may announce. */
const MAX_FURTHER = 100;

/**
 * Queues the other recordings of a call for the same target: a memo each, in the source's order, behind the memo whose
 * question found them. If a later try queues them again, they find their rows.
 */
export const queueFurther = async (
  queue: RecordingsQueue,
  message: RoutedMessage,
  further: readonly FurtherRecording[],
): Promise<void> => {
  const { replay: _, notBefore: __, recording, ...facts } = message;
  const { durationSeconds: ___, reference: ____, ...call } = recording; // of the recording that was asked for
  const messages = further
    .slice(0, MAX_FURTHER)
    .map((each): RoutedMessage => ({ ...facts, recording: { ...call, ...each, media: { kind: 'ask' } } }));
  if (messages.length > 0) await queue.send(messages);
};
