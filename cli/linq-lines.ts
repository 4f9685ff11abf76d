import { Command } from 'commander';
import type { Subcommand } from './base/context.ts';
import { HEALTH_COLOURS, linqAsker, readLines } from './base/linq.ts';

export const linqLines: Subcommand = (run) =>
  new Command('lines').description('the lines of the account, and how healthy they are').action(
    run(async ({ screen, surroundings, secrets, stage }) => {
      const ask = linqAsker({ secrets, baseUrl: surroundings.environment.LINQ_API_V3_BASE_URL, stage });
      const { lines } = await readLines(ask);
      screen.result({ lines });
      if (lines.length === 0) screen.line('the account has no line');
      screen.table(
        lines.map(({ id, phone_number, health }) => [
          screen.party(phone_number),
          screen.paint(HEALTH_COLOURS[health] ?? 'dim', health),
          screen.paint('dim', id),
        ]),
      );
      return 0;
    }),
  );
