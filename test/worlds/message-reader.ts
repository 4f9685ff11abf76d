import { memoId } from '../../functions/core/model/memo.ts';
import type { Directory } from './directory.ts';

/** Reads from a queue message which memos it is about, for the history and the facts. */
export const messageReader = (directory: Directory) => {
  const memosOf = (body: string): readonly string[] => {
    const { v, memo, recording, target } = JSON.parse(body);
    if (v !== 1) return [];
    if (memo) return [memo];
    if (!recording) return [];
    if (target !== undefined && target !== 'ask') return [memoId(recording, target)];
    const call = directory.callOf(recording.id);
    return call ? [call.unrouted, ...call.memos.map(({ id }) => id)] : [];
  };
  const describe = (body: string): string => {
    const { v, memo, generation, force, recording, erase } = JSON.parse(body);
    if (v !== 1) return 'a message of a later version';
    if (erase) return `the erasure of ${directory.nameOf(erase.memo)} at Linq`;
    if (memo)
      return `${directory.nameOf(memo)}${generation > 0 ? ` (generation ${generation}${force ? ', by force' : ''})` : ''}`;
    return `call ${directory.callOf(recording?.id)?.number} (${memosOf(body).slice(-1).map(directory.nameOf).join()})`;
  };
  return { memosOf, describe };
};
