import type { Ended } from './world.ts';

/** Counts the events of many worlds by kind and name, to show that faults happened in the run. */
export type Tally = Record<'rows' | 'answers' | 'troubles' | 'commands', Record<string, number>>;

export const emptyTally = (): Tally => ({ rows: {}, answers: {}, troubles: {}, commands: {} });

export const count = (tally: Tally, { rows, facts, plan }: Ended): void => {
  for (const { state } of rows) add(tally.rows, state);
  for (const { answer } of facts.posts) add(tally.answers, answer);
  for (const [trouble, times] of facts.struck) add(tally.troubles, trouble, times);
  for (const { name } of plan.commands) add(tally.commands, name);
};

export const sum = (into: Tally, { rows, answers, troubles, commands }: Tally): void => {
  const parts = { rows, answers, troubles, commands };
  for (const [kind, counts] of Object.entries(parts))
    for (const [name, times] of Object.entries(counts)) add(into[kind as keyof Tally], name, times); // a key of `parts`
};

/** One line a kind, the most frequent first. */
export const tallyLines = (tally: Tally): string[] =>
  Object.entries(tally).map(([kind, counts]) => {
    const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
    return `  ${kind.padEnd(9)} ${sorted.map(([name, times]) => `${name} ${times.toLocaleString('en')}`).join(' · ')}`;
  });

const add = (counts: Record<string, number>, name: string, times = 1): void => {
  counts[name] = (counts[name] ?? 0) + times;
};
