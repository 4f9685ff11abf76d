import type { Bridge } from '../../functions/config.ts';
import type { Context } from '../base/context.ts';
import type { Target } from '../base/target.ts';

/** What one look has found. Only a fault makes the doctor end with 1. */
export interface Check {
  area:
    | 'settings'
    | 'configuration'
    | 'secrets'
    | 'linq'
    | 'routes'
    | 'bridge'
    | 'sources'
    | 'account'
    | 'machine'
    | 'sample';
  what: string;
  state: 'ok' | 'fault' | 'warning' | 'note';
  says: string;
  /** The command or the line that fixes it. */
  fix?: string;
}

/** What the looks have in common; each does what it can without the parts that are broken. */
export interface DoctorInput {
  context: Context;
  target: Target | undefined;
  bridge: Bridge | undefined;
}

/** For the command lines of a fix. */
export const stageOption = (stage: string | undefined): string => (stage === undefined ? '' : ` --stage ${stage}`);
