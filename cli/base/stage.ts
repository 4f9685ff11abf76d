import type { Command } from 'commander';
import { Misuse } from './failure.ts';
import type { Runtime } from './runtime.ts';

/** The stage of a deploy or destroy. npm takes options for itself unless they stand after `--`. */
export const stageNeeded = (
  command: string,
  { stage, runtime }: { stage: string | undefined; runtime: Runtime },
): string => {
  if (stage !== undefined) return checkedStage(stage);
  // The value, or 'true' where npm has left the value as a word.
  const { npm_config_stage: kept } = runtime.environment;
  const reason =
    kept === undefined ? 'needs a stage' : 'got no --stage: npm took the option, because no -- stood before it';
  throw new Misuse(
    `${command} ${reason}. Run: npm run ${command} -- --stage ${kept && kept !== 'true' ? kept : 'prod'}`,
  );
};

/** `npm run deploy --stage dev` passes on the word `dev` alone. The error must name the lost `--stage` first. */
export const takesNoWords = (command: Command): Command =>
  // Declared, since commander would refuse the word itself; not shown in the help.
  command
    .argument('[word]')
    .usage('[options]')
    .hook('preAction', (_program, { args: [word] }) => {
      const { stage } = command.optsWithGlobals();
      if (word !== undefined && stage !== undefined)
        throw new Misuse(`${command.name()} does not know the word '${word}'`);
    });

export const checkedStage = (stage: string): string => {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(stage)) return stage;
  throw new Misuse('--stage must begin with a lower-case letter, and then have lower-case letters, digits and hyphens');
};
