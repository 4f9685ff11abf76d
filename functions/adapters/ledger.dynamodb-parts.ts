import { shardsOf } from '../core/model/keys.ts';
import type { MemoState } from '../core/model/memo.ts';
import type { MemoFilter } from '../core/ports/ports.ts';
import { stateGroup } from './ledger.dynamodb-indexes.ts';

/** The part of an index that a list reads. */
export interface IndexPart {
  index: 'newest' | 'by-call' | 'by-source' | 'by-state';
  /** The field that is the index's partition, and its values: one for each shard. */
  name: string;
  keys: readonly string[];
  /** Names the list in a cursor. */
  label: string;
  /** The filter that the index answers. */
  answers?: 'callId' | 'source' | 'state';
  /** Set where other states share the group: only rows of this state count. */
  picks?: MemoState;
}

/** The part with the fewest rows for the filter. Most memos were sent, so these are found by source or among all. */
export const partOf = ({ callId, state, source }: MemoFilter): IndexPart => {
  if (callId) return { index: 'by-call', name: 'call', keys: [callId], label: `call ${callId}`, answers: 'callId' };
  const group = state && stateGroup(state);
  if (group) {
    const keys = shardsOf(group);
    const part = { index: 'by-state', name: 'stateGroup', keys, label: `state ${state}`, answers: 'state' } as const;
    return group === state ? part : { ...part, picks: state };
  }
  if (source)
    return { index: 'by-source', name: 'source', keys: shardsOf(source), label: `source ${source}`, answers: 'source' };
  return { index: 'newest', name: 'listed', keys: shardsOf('memo'), label: 'newest' };
};
