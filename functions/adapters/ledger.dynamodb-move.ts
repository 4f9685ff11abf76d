import { clipped, HISTORY, historyEntry } from '../core/model/history.ts';
import { isFinal } from '../core/model/memo.ts';
import type { Move } from '../core/ports/ports.ts';

/** Whether a move leaves a line in the history. */
export const isTold = ({ from, to, note }: Move): boolean => from !== to || note !== undefined;

/**
 * The condition and the change of one move, as DynamoDB writes them.
 * @param full whether the history is full: each of the two writes holds only where the row says so itself
 */
export const update = (move: Move, at: string, full: boolean) => {
  const told = isTold(move);
  const due = move.from !== move.to && !isFinal(move.to);
  const set: Record<string, unknown> = {
    state: move.to,
    ...(told && { updatedAt: at }),
    ...(due && { dueAt: at }),
    ...move.set,
  };
  if (move.note?.reason) set.reason = clipped(move.note.reason);
  if (move.generation !== undefined) set.generation = move.generation;
  const remove: string[] = [...(move.clear ?? [])];
  if (!move.note?.reason && move.from !== move.to) remove.push('reason');
  if (isFinal(move.to)) {
    delete set.dueAt; // DynamoDB takes no field twice in one write
    remove.push('dueAt');
  }

  const names: Record<string, string> = { '#history': 'history', '#from': 'state', '#v': 'v' };
  const values: Record<string, unknown> = { ':from': move.from, ':v': 1 };
  const name = (field: string) => {
    names[`#${field}`] = field;
    return `#${field}`;
  };
  const value = (field: string, given: unknown) => {
    values[`:${field}`] = given;
    return `:${field}`;
  };
  const sets = Object.entries(set).map(([field, given]) => `${name(field)} = ${value(field, given)}`);
  const wheres = Object.entries(move.where ?? {}).map(
    ([field, given]) => `${name(field)} = ${value(`was_${field}`, given)}`,
  );
  if (told) {
    values[':most'] = HISTORY.most;
    wheres.push(`size(#history) ${full ? '>=' : '<'} :most`);
    values[':entry'] = full ? historyEntry(move, at) : [historyEntry(move, at)];
  }
  if (told && !full) sets.push('#history = list_append(#history, :entry)');
  if (told && full) {
    // Set far behind a list's end, a line is appended: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
    sets.push(
      `#history[${BEHIND_ANY_END}] = :entry`,
      `${name('historyOmitted')} = if_not_exists(#historyOmitted, :none) + :leftOut`,
    );
    Object.assign(values, { ':none': 0, ':leftOut': HISTORY.leftOut });
  }
  if (move.generation !== undefined) wheres.push(`${name('generation')} < ${value('new_turn', move.generation)}`);
  const lines = Array.from({ length: told && full ? HISTORY.leftOut : 0 }, (_, n) => `#history[${HISTORY.first + n}]`);
  const removed = [...remove.map(name), ...lines];
  const removes = removed.length > 0 ? ` REMOVE ${removed.join(', ')}` : '';
  return {
    UpdateExpression: `SET ${sets.join(', ')}${removes}`,
    // A tombstone has a state and no history: nothing moves it. Nor does this code move a row of a later version.
    ConditionExpression: ['#from = :from', '#v = :v', 'attribute_exists(#history)', ...wheres].join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
};

/** Rows of the first release may have thousands of lines. */
const BEHIND_ANY_END = 99_999;
