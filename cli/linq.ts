import { Command } from 'commander';
import type { Subcommand } from './base/context.ts';
import { linqLines } from './linq-lines.ts';
import { linqSubscribe } from './linq-subscribe.ts';

export const linq: Subcommand = (run) =>
  new Command('linq')
    .description('show and set up your account at Linq')
    .addCommand(linqLines(run))
    .addCommand(linqSubscribe(run));
