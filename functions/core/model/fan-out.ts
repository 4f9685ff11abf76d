import { memoIdOf, type RecordingMessage } from './messages.ts';
import type { Routing } from './route.ts';

/**
 * Makes one message for each target of a recording. Where no route matches, makes one message without a target, with
 * the reason; where the source must be asked first, one message that says so. Each message of a replay names the memos
 * of all targets: the replayed row is finished only when each of those memos has a row.
 */
export const fanOut = (
  { replay, ...message }: Omit<RecordingMessage, 'target' | 'noTarget'>,
  routing: Routing,
): RecordingMessage[] => {
  if (routing.kind === 'ask') return [{ ...message, target: 'ask', ...(replay && { replay }) }];
  const { targets, reason } = routing;
  const each: RecordingMessage[] =
    targets.length > 0
      ? targets.map((target) => ({ ...message, target }))
      : [{ ...message, ...(reason !== undefined && { noTarget: reason }) }];
  if (!replay) return each;
  const routed = each.map(memoIdOf);
  return each.map((one) => ({ ...one, replay: { ...replay, routed } }));
};
