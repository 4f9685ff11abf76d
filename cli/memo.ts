import { Command } from 'commander';
import { shownHistory } from '../functions/core/model/history.ts';
import { HOUR_MS, MINUTE_MS } from '../functions/core/model/timing.ts';
import { fixFor } from '../functions/core/observe/causes/cause-of.ts';
import type { Subcommand } from './base/context.ts';
import { goesTo, type Memo, memoIdArgument, memoSchema, painted, shortTime } from './base/memo.ts';
import type { Output } from './base/output.ts';

export const memo: Subcommand = (run) =>
  new Command('memo')
    .description('show one memo with its history')
    .argument('<id>', 'the memo')
    .action(
      run(async ({ output, stage, bridge: open }, _options, id = '') => {
        const bridge = await open();
        const found = await bridge.ask(memoSchema, 'GET', `/memos/${memoIdArgument(id)}`);
        output.result(found);
        for (const line of facts(output, found)) output.line(line);
        output.line();
        output.table(timeline(output, found));
        for (const line of advice(found, stage)) output.line(line);
        if (found.due_at) output.line(output.paint('dim', `next try: ${shortTime(found.due_at)} UTC`));
        return 0;
      }),
    );

const facts = (output: Output, memo: Memo): string[] => {
  const { recording, audio, part } = memo;
  const parties = [recording.from, recording.to].filter((party) => party !== undefined).map(output.party);
  const seconds = audio?.seconds === undefined ? '' : `, ${audio.seconds.toFixed(1)} s`;
  return [
    `${output.paint('bold', memo.id)}  ${painted(output, memo.state)}${memo.reason ? `: ${memo.reason}` : ''}`,
    `  recording ${recording.id} of ${memo.source}${recording.call_id ? `, call ${recording.call_id}` : ''}`,
    ...(parties.length > 0 ? [`  ${recording.direction ?? 'call'}: ${parties.join(' → ')}`] : []),
    `  goes to ${goesTo(output, memo)}${part ? `, part ${part.number} of ${part.of}` : ''}`,
    ...(audio?.bytes === undefined ? [] : [`  ${audio.type}, ${audio.bytes.toLocaleString('en')} bytes${seconds}`]),
  ];
};

/** Why the memo waits or has ended, and what to do: the words of the page. */
const advice = ({ cause }: Memo, stage: string | undefined): string[] =>
  cause ? ['', `${cause.what}. ${cause.why}`, `What to do: ${fixFor(cause, { stage })}`] : [];

/** Each entry with the time since the entry before it, and the number of entries that the row has dropped. */
const timeline = (output: Output, { history, history_omitted }: Memo): string[][] =>
  shownHistory(history, history_omitted).map((line) => {
    if ('omitted' in line) return [output.paint('dim', `  … ${line.omitted.toLocaleString('en')} more …`)];
    const { entry, before } = line;
    const parts = [
      entry.attempt !== undefined && `attempt ${entry.attempt}`,
      entry.code && `Linq: ${entry.code}`,
      entry.reason,
      entry.trace_id && `trace ${entry.trace_id}`,
    ];
    return [
      `  ${shortTime(entry.at)}`,
      before ? output.paint('dim', `+${duration(Date.parse(entry.at) - Date.parse(before.at))}`) : '',
      painted(output, entry.state),
      parts.filter(Boolean).join(' · '),
    ];
  });

const duration = (ms: number): string => {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < HOUR_MS ? `${Math.round(ms / MINUTE_MS)} min` : `${(ms / HOUR_MS).toFixed(1)} h`;
};
