import { Command } from 'commander';
import type { Subcommand } from './base/context.ts';
import { handOver } from './base/hand-over.ts';

export const demo: Subcommand = (run) =>
  new Command('demo')
    .description('hear a memo: send one signed webhook through the whole bridge, on this machine alone')
    .option('--source <source>', 'the call system that sends the webhook; all: each in turn')
    .action(
      run<{ source?: string }>((_kit, { source }) =>
        handOver('demo.ts', source === undefined ? [] : ['--source', source]),
      ),
    );
