import type { Memo } from '../../model/memo.ts';
import { BRIDGE_CAUSES } from './bridge.ts';
import type { Cause, CauseRow } from './cause.ts';
import { LINQ_CAUSES } from './linq.ts';
import { RECORDING_CAUSES } from './recording.ts';

/** Every cause. The order counts: lines for a single state may match every reason. */
export const CAUSES: readonly CauseRow[] = [...BRIDGE_CAUSES, ...LINQ_CAUSES, ...RECORDING_CAUSES];

/** States that need no explanation: the memo has arrived. */
const ARRIVED: readonly Memo['state'][] = ['sent', 'delivered', 'read'];
/** The reason of a memo that waits shows the reason of the memo in front, and both have the same cause. */
const BEHIND = /^waits behind (m_\S+): /;

/**
 * Why a memo waits or has ended; undefined where it has arrived, or is on its way without trouble.
 * @param memo its state and its reason as the row has it
 */
export const causeOf = ({ state, reason }: Pick<Memo, 'state' | 'reason'>): Cause | undefined => {
  if (ARRIVED.includes(state)) return undefined;
  const own = reason?.replace(BEHIND, '') ?? '';
  const row = CAUSES.find((each) => (each.states?.includes(state) ?? own !== '') && each.reason.test(own));
  return row && causeIn(row);
};

/** A cause by its id, for a text about all memos with it. @throws Error where the table has none */
export const causeById = (id: string): Cause => {
  const row = CAUSES.find((each) => each.id === id);
  if (!row) throw new Error(`there is no cause ${id}`);
  return causeIn(row);
};

const causeIn = ({ id, what, why, fix, needs }: CauseRow): Cause => ({ id, what, why, fix, needs });

/** A fix with the commands of one memo and one stage. */
export const fixFor = (
  { fix }: Pick<Cause, 'fix'>,
  { id, stage }: { id?: string; stage?: string | undefined },
): string =>
  fix.replace(/`(npx aftercall [^`]*)`/g, (_all, command: string) => {
    const named = id === undefined ? command : command.replace(/\bID\b/, id);
    return `\`${named}${stage === undefined ? '' : ` --stage ${stage}`}\``;
  });
