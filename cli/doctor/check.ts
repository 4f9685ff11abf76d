import type { Bridge } from '../../functions/config.ts';
import type { Context } from '../base/context.ts';
import type { Target } from '../base/target.ts';
import type { RunningBridge } from './running-bridge.ts';

/** The result of one check. Only a fault makes the doctor end with 1. */
export interface Check {
  area:
    | 'settings'
    | 'configuration'
    | 'secrets'
    | 'linq'
    | 'routes'
    | 'bridge'
    | 'memos'
    | 'sources'
    | 'buckets'
    | 'account'
    | 'machine'
    | 'sample';
  what: string;
  state: 'ok' | 'fault' | 'warning' | 'note';
  says: string;
  /** The command or the line that fixes the fault. */
  fix?: string;
}

/** The input of every check. A part that is broken is undefined, and a check does what it can without that part. */
export interface DoctorInput {
  context: Context;
  target: Target | undefined;
  bridge: Bridge | undefined;
  /** What the running bridge says of itself; it knows better than this shell. */
  running: RunningBridge | undefined;
}

/** For the command lines of a fix. */
export const stageOption = (stage: string | undefined): string => (stage === undefined ? '' : ` --stage ${stage}`);
