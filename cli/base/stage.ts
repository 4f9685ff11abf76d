import { Misuse } from './failure.ts';
import type { Kit } from './kit.ts';

/** The stage that a deploy is about. npm keeps options for itself that do not stand behind `--`. */
export const stageNeeded = (command: string, { stage, surroundings }: Kit): string => {
  if (stage !== undefined) return checkedStage(stage);
  const { npm_config_stage: kept } = surroundings.environment;
  const why = kept === undefined ? 'names no stage' : 'has lost its --stage to npm: a -- must stand before it';
  throw new Misuse(`${command} ${why}. Run: npm run ${command} -- --stage ${kept || 'prod'}`);
};

export const checkedStage = (stage: string): string => {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(stage)) return stage;
  throw new Misuse('--stage takes lower-case letters, digits and hyphens, a letter first');
};
