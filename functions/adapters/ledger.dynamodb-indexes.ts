import { sharded } from '../core/model/keys.ts';
import { isFinal, type Memo, type MemoState } from '../core/model/memo.ts';

/**
 * The fields by which the table's indexes find a memo's row, beside its key `pk`:
 *
 * | index     | partition                            | sorted by | holds                                    |
 * | --------- | ------------------------------------ | --------- | ---------------------------------------- |
 * | newest    | `listed`: `memo#2`                   | `at`      | every memo                               |
 * | by-call   | `call`                               | `at`      | every memo of a known call               |
 * | by-source | `source`: `twilio#2`                 | `at`      | every memo                               |
 * | by-state  | `stateGroup`: `waiting#2`            | `at`      | every memo that was not sent             |
 * | due       | `listed`                             | `dueKey`  | every memo whose message is still needed |
 *
 * A key takes at most a thousand writes a second. So each key that many memos have ends in a shard, which follows from
 * the memo's id. A memo that is sent without trouble is written to `by-state` and `due` once, and taken out once.
 */
export const indexFields = ({ id, createdAt, recording, state, dueAt }: Memo) => {
  const group = stateGroup(state);
  return {
    listed: sharded('memo', id),
    at: `${createdAt}#${id}`,
    source: sharded(recording.source, id),
    ...(recording.callId && { call: recording.callId }),
    ...(group && { stateGroup: sharded(group, id) }),
    ...(dueAt !== undefined && { dueKey: dueKey(dueAt, id) }),
  };
};

/** The names of the fields that only indexes need. */
export const INDEX_FIELDS = ['listed', 'at', 'source', 'call', 'stateGroup', 'dueKey'] as const;

/**
 * The partition of a state in the index `by-state`; undefined for what was sent, which only longer lists hold. The states
 * that a memo passes without trouble share a group, so that a move between them is no write to the index.
 */
export const stateGroup = (state: MemoState): string | undefined => {
  if (state === 'sent' || state === 'delivered' || state === 'read') return undefined;
  return isFinal(state) || state === 'unknown' ? state : 'waiting';
};

/** A text that sorts rows by the time from which the sweep looks at them. Never later than the row's `dueAt`. */
export const dueKey = (at: string, id: string): string => `${at}#${id}`;
