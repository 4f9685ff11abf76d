import { clipped, HISTORY, historyEntry } from '../core/model/history.ts';
import { isFinal } from '../core/model/memo.ts';
import type { Move } from '../core/ports/ports.ts';

/** Whether a move leaves a line in the history. */
export const hasEntry = ({ from, to, note }: Move): boolean => from !== to || note !== undefined;

/**
 * The condition and the change of one move, as DynamoDB writes them.
 * @param full whether the history is full: each of the two writes holds only where the row itself says so
 */
export const update = (move: Move, at: string, full: boolean) => {
  const { names, values, name, value } = expressionFields();
  const { set, remove } = changedFields(move, at);
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

/** The fields that a move sets and takes off, apart from the history. DynamoDB accepts each field once in one write. */
const changedFields = (move: Move, at: string): { set: Record<string, unknown>; remove: string[] } => {
  const { from, to, note, generation, clear = [] } = move;
  const { dueAt = from !== to ? at : undefined, ...facts } = move.set ?? {};
  return {
    set: {
      state: to,
      ...(hasEntry(move) && { updatedAt: at }),
      ...(!isFinal(to) && dueAt !== undefined && { dueAt }),
      ...facts,
      ...(note?.reason && { reason: clipped(note.reason) }),
      ...(generation !== undefined && { generation }),
    },
    remove: [...clear, ...(!note?.reason && from !== to ? ['reason'] : []), ...(isFinal(to) ? ['dueAt'] : [])],
  };
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
