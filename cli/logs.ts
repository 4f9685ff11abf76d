import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { logFilesIn } from '../local/bridge/log-file.ts';
import { readSettings } from '../local/settings.ts';
import { count, time } from './base/arguments.ts';
import type { Context, Subcommand } from './base/context.ts';
import { Failure, Misuse } from './base/failure.ts';
import { fits, LEVELS, type LogEntry, type LogFilter, readEntry, shownEntry } from './logs/entry.ts';
import { stageLogs } from './logs/stage.ts';

type Options = LogFilter & { follow?: true; limit: number };

/** The bridge's log. Of a deployed stage it prints the commands that read CloudWatch. */
export const logs: Subcommand = (run) =>
  new Command('logs')
    .description("show the running bridge's log; with --stage, the commands that show it")
    .option('--follow', 'then print lines as they come, until Ctrl-C')
    .option('--memo <id>', 'only of this memo')
    .option('--source <source>', 'only of this source')
    .addOption(new Option('--level <level>', 'only lines of this level and above').choices(LEVELS))
    .option('--since <time>', 'only since then: 2026-11-23, or 2h ago', time)
    .option('--limit <count>', 'the last lines that fit', count, 50)
    .action(
      run<Options>(async (context, options) => {
        if (context.stage !== undefined) return stageLogs(context, context.stage, options);
        const target = await context.target();
        if (target.kind !== 'local')
          throw new Misuse(
            `logs reads the log of npm start on this machine, and cannot read ${target.url}: name its stage with --stage`,
          );
        const { now, before } = logFilesIn(readSettings(context.runtime.environment).AFTERCALL_DATA);
        if (!existsSync(now)) throw new Failure(`${now} is not there: start the bridge with 'npm start'`);
        const tail = tailOf(now);
        const earlier = existsSync(before) ? readFileSync(before, 'utf8') : '';
        const entries = entriesIn(earlier + tail(), options).slice(-options.limit);
        if (context.output.json && !options.follow) context.output.result({ entries });
        else for (const entry of entries) print(context, entry);
        if (options.follow) await follow(context, tail, options);
        return 0;
      }),
    );

const follow = async (context: Context, tail: () => string, filter: LogFilter): Promise<void> => {
  const { until } = context.runtime;
  while (!until?.aborted) {
    await sleep(POLL_MS, undefined, until && { signal: until }).catch(() => {}); // the end of a test
    for (const entry of entriesIn(tail(), filter)) print(context, entry);
  }
};
const POLL_MS = 500;

const print = ({ output }: Context, entry: LogEntry): void => {
  output.line(shownEntry(output, entry));
  output.jsonLine(entry);
};

const entriesIn = (text: string, filter: LogFilter): LogEntry[] =>
  text.split('\n').flatMap((line) => {
    const entry = readEntry(line);
    return entry && fits(entry, filter) ? [entry] : [];
  });

/** Reads whole lines that came since the last call; all of them the first time. A file that became the file before is read from its beginning. */
const tailOf = (path: string): (() => string) => {
  let [at, file] = [0, 0];
  return () => {
    const opened = openSync(path, 'r');
    try {
      const { size, ino } = fstatSync(opened);
      if (ino !== file || size < at) at = 0;
      file = ino;
      const bytes = Buffer.alloc(size - at);
      readSync(opened, bytes, 0, bytes.length, at);
      const end = bytes.lastIndexOf('\n') + 1;
      at += end;
      return bytes.subarray(0, end).toString();
    } finally {
      closeSync(opened);
    }
  };
};
