import type { UsageByFunction } from './lambda/function.ts';
import type { StageResult } from './stage.ts';
import type { Template } from './template.ts';

const NAME_WIDTH = 28;

/** The rows of a stage, with the stage's name before the first row. */
export const rowOf = (name: string, lines: readonly string[]): string =>
  lines.map((line, index) => `${(index === 0 ? name : '').padEnd(NAME_WIDTH)} ${line}`).join('\n');

/** How each function ran in all stages. A function that ran nothing, or exceeded its memory, is a miss. */
export const usageRows = ({ functions }: Template, usageByFunction: UsageByFunction): StageResult => {
  const row = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(10) : cell.padStart(14))).join('');
  const misses: string[] = [];
  const rows = functions.map(({ name, memoryMegabytes }) => {
    const { events = 0, environments = 0, threads = 0, peakMegabytes = 0 } = usageByFunction.get(name) ?? {};
    if (events === 0) misses.push(`MISS ${name} was given no event`);
    if (peakMegabytes > memoryMegabytes) misses.push(`MISS ${name} has passed its memory`);
    return row([name, ...[environments, events, threads, Math.round(peakMegabytes), memoryMegabytes].map(String)]);
  });
  const head = row(['function', 'environments', 'events', 'most threads', 'peak MB', 'of MB']);
  return { lines: [head, ...rows, ...misses], ok: misses.length === 0 && functions.length > 0 };
};
