import { Command } from 'commander';
import type { Subcommand } from './base/context.ts';
import { HEALTH_COLOURS, linqAsker, readLines } from './base/linq.ts';

export const linqLines: Subcommand = (run) =>
  new Command('lines').description('show the lines of the account, and their health').action(
    run(async ({ output, runtime, secrets, stage }) => {
      const ask = linqAsker({ secrets, baseUrl: runtime.environment.LINQ_API_V3_BASE_URL, stage });
      const { lines } = await readLines(ask);
      output.result({ lines });
      if (lines.length === 0) output.line('the account has no line');
      output.table(
        lines.map(({ id, phone_number, health }) => [
          output.party(phone_number),
          output.paint(HEALTH_COLOURS[health] ?? 'dim', health),
          output.paint('dim', id),
        ]),
      );
      return 0;
    }),
  );
