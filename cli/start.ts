import { Command } from 'commander';
import type { Subcommand } from './base/context.ts';
import { handOver } from './base/hand-over.ts';

export const start: Subcommand = (run) =>
  new Command('start')
    .description('run the bridge on this machine, as npm start does')
    .option('--only <part>', 'only one function, or one part of the local cloud')
    .action(
      run<{ only?: string }>((_kit, { only }) => handOver('start.ts', only === undefined ? [] : ['--only', only])),
    );
