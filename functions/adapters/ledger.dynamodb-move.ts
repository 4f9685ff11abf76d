import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { clipped, HISTORY, historyEntry } from '../core/model/history.ts';
import { sharded } from '../core/model/keys.ts';
import { isFinal } from '../core/model/memo.ts';
import type { Move } from '../core/ports/ports.ts';
import { dueKey, stateGroup } from './ledger.dynamodb-indexes.ts';

/** Whether a move leaves a line in the history. */
const hasEntry = ({ from, to, note }: Move): boolean => from !== to || note !== undefined;

/**
 * What a move depends on in the row. DynamoDB cannot decide within a write, so each variant is a write of its own, which
 * holds only where the row itself says so.
 */
export interface Variant {
  /** The history is full. */
  full: boolean;
  /** The row's place in the index of what is due is later than now, as of a memo that is sent before its time. */
  early: boolean;
}

/** The variants that a move has, the usual one first. */
export const variantsOf = (move: Move): Variant[] =>
  [false, true]
    .filter((early) => !early || keepsDueKey(move))
    .flatMap((early) => [false, true].filter((full) => !full || hasEntry(move)).map((full) => ({ full, early })));

/**
 * Whether a variant may be right where another one was not.
 * @param row as DynamoDB gives it with the failure. The local emulator gives none, so that each variant is tried
 */
export const mayFit = (
  { full, early }: Variant,
  { id, move, at }: { id: string; move: Move; at: string },
  row: Record<string, AttributeValue> | undefined,
): boolean => {
  if (!row) return true;
  const isFull = (row.history?.L?.length ?? 0) >= HISTORY.most;
  const isEarly = row.dueKey?.S === undefined || row.dueKey.S > dueKey(at, id);
  return (full === isFull || !hasEntry(move)) && (early === isEarly || !keepsDueKey(move));
};

/** A move without trouble does not change the row's place in the index `due`, since that would cost two writes. */
const keepsDueKey = ({ from, to, set }: Move): boolean =>
  from !== to && !isFinal(from) && !isFinal(to) && set?.dueAt === undefined;

/**
 * The condition and the change of one move, as DynamoDB writes them.
 * @param at the time of the move, ISO
 */
export const update = (id: string, move: Move, at: string, { full, early }: Variant) => {
  const { names, values, name, value } = expressionFields();
  const { set, remove } = changedFields(id, move, at, early);
  const sets = Object.entries(set).map(([field, given]) => `${name(field)} = ${value(field, given)}`);
  const removes = remove.map((field) => name(field));
  // A tombstone has a state and no history, so that no move changes it. Nor does this code move a row of a later
  // version.
  const wheres = [
    `${name('state', 'from')} = ${value('from', move.from)}`,
    `${name('v')} = ${value('v', 1)}`,
    `attribute_exists(${name('history')})`,
    ...Object.entries(move.where ?? {}).map(([field, given]) => `${name(field)} = ${value(`was_${field}`, given)}`),
  ];
  if (keepsDueKey(move)) wheres.push(dueKeyIs(early, name('dueKey'), value('now', dueKey(at, id))));
  if (move.generation !== undefined) wheres.push(`${name('generation')} < ${value('new_generation', move.generation)}`);
  if (hasEntry(move)) {
    const entry = historyEntry(move, at);
    wheres.push(`size(#history) ${full ? '>=' : '<'} ${value('most', HISTORY.most)}`);
    if (!full) sets.push(`#history = list_append(#history, ${value('entry', [entry])})`);
    else {
      // A line that is set far behind a list's end is appended:
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
      sets.push(`#history[${BEHIND_ANY_END}] = ${value('entry', entry)}`);
      const omitted = name('historyOmitted');
      sets.push(`${omitted} = if_not_exists(${omitted}, ${value('none', 0)}) + ${value('leftOut', HISTORY.leftOut)}`);
      removes.push(...Array.from({ length: HISTORY.leftOut }, (_, n) => `#history[${HISTORY.first + n}]`));
    }
  }
  return {
    UpdateExpression: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
    ConditionExpression: wheres.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
};

/** Rows of the first release may have thousands of lines. */
const BEHIND_ANY_END = 99_999;

const dueKeyIs = (early: boolean, key: string, now: string): string =>
  early ? `(attribute_not_exists(${key}) OR ${key} > ${now})` : `${key} <= ${now}`;

type Changes = { set: Record<string, unknown>; remove: string[] };

/** The fields that a move sets and takes off, apart from the history. DynamoDB accepts each field once in one write. */
const changedFields = (id: string, move: Move, at: string, early: boolean): Changes => {
  const { from, to, note, generation, clear = [] } = move;
  const places = changedPlaces(id, move, at, early);
  const { dueAt = from !== to ? at : undefined, ...facts } = move.set ?? {};
  return {
    set: {
      state: to,
      ...(hasEntry(move) && { updatedAt: at }),
      ...(!isFinal(to) && dueAt !== undefined && { dueAt }),
      ...facts,
      ...(note?.reason && { reason: clipped(note.reason) }),
      ...(generation !== undefined && { generation }),
      ...places.set,
    },
    remove: [
      ...clear,
      ...(!note?.reason && from !== to ? ['reason'] : []),
      ...(isFinal(to) ? ['dueAt'] : []),
      ...places.remove,
    ],
  };
};

/** The row's places in the indexes `by-state` and `due`. */
const changedPlaces = (id: string, move: Move, at: string, early: boolean): Changes => {
  const { from, to, set: { dueAt, ownFaultSince } = {} } = move;
  const changes: Changes = { set: {}, remove: [] };
  const [before, after] = [stateGroup(from), stateGroup(to)];
  if (after !== before) {
    if (after === undefined) changes.remove.push('stateGroup');
    else changes.set.stateGroup = sharded(after, id);
  }
  if (isFinal(to)) changes.remove.push('dueKey');
  else if (dueAt !== undefined)
    // The sweep must also see a row that has waited long for our own fault, however often it is tried.
    changes.set.dueKey = dueKey(ownFaultSince !== undefined && ownFaultSince < dueAt ? ownFaultSince : dueAt, id);
  else if (from !== to && (isFinal(from) || early)) changes.set.dueKey = dueKey(at, id);
  return changes;
};

/** Collects the names and values of an expression, and gives each its placeholder. */
const expressionFields = () => {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  return {
    names,
    values,
    name: (field: string, placeholder = field): string => {
      names[`#${placeholder}`] = field;
      return `#${placeholder}`;
    },
    value: (placeholder: string, given: unknown): string => {
      values[`:${placeholder}`] = given;
      return `:${placeholder}`;
    },
  };
};
