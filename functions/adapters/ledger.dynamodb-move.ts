import { isSettled } from '../core/memo.ts';
import type { Move } from '../core/ports.ts';

/** The condition and the change of one move, as DynamoDB writes them. */
export const update = (move: Move, at: string) => {
  const entry = { at, state: move.to, ...move.note };
  const told = move.from !== move.to || move.note !== undefined;
  const due = move.from !== move.to && !isSettled(move.to);
  const set: Record<string, unknown> = {
    state: move.to,
    ...(told && { updatedAt: at }),
    ...(due && { dueAt: at }),
    ...move.set,
  };
  if (move.note?.reason) set.reason = move.note.reason;
  if (move.turn !== undefined) set.turn = move.turn;
  const remove: string[] = [...(move.clear ?? [])];
  if (!move.note?.reason && move.from !== move.to) remove.push('reason');
  if (isSettled(move.to)) {
    delete set.dueAt; // DynamoDB takes no field twice in one write
    remove.push('dueAt');
  }

  const names: Record<string, string> = { '#history': 'history', '#from': 'state' };
  const values: Record<string, unknown> = { ':from': move.from, ...(told && { ':entry': [entry] }) };
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
  if (told) sets.push('#history = list_append(#history, :entry)');
  if (move.turn !== undefined) wheres.push(`${name('turn')} < ${value('new_turn', move.turn)}`);
  const removes = remove.length > 0 ? ` REMOVE ${remove.map(name).join(', ')}` : '';
  return {
    UpdateExpression: `SET ${sets.join(', ')}${removes}`,
    // A tombstone has a state and no history: nothing moves it.
    ConditionExpression: ['#from = :from', 'attribute_exists(#history)', ...wheres].join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
};
