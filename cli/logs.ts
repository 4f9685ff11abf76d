import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { logFilesIn } from '../local/bridge/log-file.ts';
import { readSettings } from '../local/settings.ts';
import { count, time } from './base/arguments.ts';
import type { Context, Subcommand } from './base/context.ts';
import { Failure, Misuse } from './base/failure.ts';
import { interrupted } from './base/interrupted.ts';
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
        const entries = entriesIn(earlier + tail.next(), options).slice(-options.limit);
        if (context.output.json && !options.follow) context.output.result({ entries });
        else for (const entry of entries) print(context, entry);
        if (options.follow) await follow(context, tail, options);
        tail.close();
        return 0;
      }),
    );

const follow = async (context: Context, tail: Tail, filter: LogFilter): Promise<void> => {
  const end = interrupted(context.runtime);
  while (!end.aborted) {
    await sleep(POLL_MS, undefined, { signal: end }).catch(() => {}); // it is ended
    for (const entry of entriesIn(tail.next(), filter)) print(context, entry);
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

interface Tail {
  /** The whole lines that came since the last call; all of them the first time. */
  next(): string;
  close(): void;
}

/** The open file is read to its end also after it has become the file before. Then the file that has taken its place is opened. */
const tailOf = (path: string): Tail => {
  let [file, at] = [openSync(path, 'r'), 0];
  const read = (): string => {
    const { size } = fstatSync(file);
    if (size < at) at = 0; // somebody has emptied it
    const bytes = Buffer.alloc(size - at);
    readSync(file, bytes, 0, bytes.length, at);
    const end = bytes.lastIndexOf('\n') + 1;
    at += end;
    return bytes.subarray(0, end).toString();
  };
  return {
    next() {
      // Looked up before the read, so that nothing is written to the old file behind the read.
      const now = statSync(path, { throwIfNoEntry: false });
      const rest = read();
      if (now === undefined || now.ino === fstatSync(file).ino) return rest;
      closeSync(file);
      [file, at] = [openSync(path, 'r'), 0];
      return rest + read();
    },
    close: () => closeSync(file),
  };
};
