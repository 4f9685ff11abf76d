import type { Memo } from '../model/memo.ts';
import { memoIdOf, type RoutedMessage } from '../model/messages.ts';
import type { Recording } from '../model/recording.ts';
import { applyReplay } from '../operate/replay-memos.ts';
import type { Ledger } from '../ports/ports.ts';

/**
 * The row of a message's memo. A replay, or an event that comes again with a fresh URL, starts the row anew.
 * @returns undefined where the memo was erased or has expired
 */
export const openRow = async (ledger: Ledger, message: RoutedMessage): Promise<Memo | undefined> => {
  const { recording, target, receivedAt, replay, payload } = message;
  const id = memoIdOf(message);
  const given = { ...(target && { target }), ...(payload !== undefined && { inspected: true as const }) };
  const row = await ledger.open({ id, state: 'received', recording, receivedAt, ...given });
  if (!row) return undefined;
  if (!replay) return isRepeatedEvent(row, message) ? fetchAnew(ledger, row, message) : row;
  const isOfThisRow = replay.memo === id && replay.generation > row.generation;
  return isOfThisRow ? applyReplay(ledger, row, replay.generation) : row;
};

/**
 * Whether the event of a recording that could not be fetched has come again: after we gave up, or with another URL. A
 * recording that was fetched and is no audio stays rejected.
 */
const isRepeatedEvent = ({ state, original, audio, updatedAt, recording }: Memo, message: RoutedMessage): boolean => {
  if ((state !== 'rejected' && state !== 'failed') || original || audio) return false;
  return message.receivedAt > updatedAt || !isSameMedia(recording, message.recording);
};

const isSameMedia = ({ media: one }: Recording, { media: other }: Recording): boolean => {
  if (one.kind === 'url' && other.kind === 'url') return one.url === other.url;
  if (one.kind === 'object' && other.kind === 'object') return one.bucket === other.bucket && one.key === other.key;
  return one.kind === other.kind;
};

/** Takes the repeated event's URL, with a new generation as for a replay. */
const fetchAnew = async (
  ledger: Ledger,
  { id, state, generation, recording }: Memo,
  message: RoutedMessage,
): Promise<Memo | undefined> => {
  const moved = await ledger.move(id, {
    from: state,
    to: 'received',
    generation: generation + 1,
    where: { generation },
    set: { recording: { ...recording, media: message.recording.media } },
    clear: ['waitingSince', 'pausedAt', 'waitingFor', 'deadLetter'],
    note: { reason: 'its event came again: the recording is fetched anew' },
  });
  return moved ?? ledger.get(id);
};
