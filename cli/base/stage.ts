import type { Command } from 'commander';
import { Misuse } from './failure.ts';
import type { Runtime } from './runtime.ts';

/** The stage that a deploy is about. npm keeps options for itself that do not stand behind `--`. */
export const stageNeeded = (
  command: string,
  { stage, runtime }: { stage: string | undefined; runtime: Runtime },
): string => {
  if (stage !== undefined) return checkedStage(stage);
  // The value, or true where its value was left as a word.
  const { npm_config_stage: kept } = runtime.environment;
  const reason = kept === undefined ? 'names no stage' : 'has lost its --stage to npm: a -- must stand before it';
  throw new Misuse(
    `${command} ${reason}. Run: npm run ${command} -- --stage ${kept && kept !== 'true' ? kept : 'prod'}`,
  );
};

/** `npm run deploy --stage dev` leaves the word `dev` alone, which must not be all that the user hears of. */
export const takesNoWords = (command: Command): Command =>
  // Commander would refuse the word itself; it is declared, and stands in no help.
  command
    .argument('[word]')
    .usage('[options]')
    .hook('preAction', (_program, { args: [word] }) => {
      const { stage } = command.optsWithGlobals();
      if (word !== undefined && stage !== undefined)
        throw new Misuse(`${command.name()} takes options alone, and no '${word}'`);
    });

export const checkedStage = (stage: string): string => {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(stage)) return stage;
  throw new Misuse('--stage takes lower-case letters, digits and hyphens, a letter first');
};
