import { memoIdOf, type RecordingMessage } from './messages.ts';
import type { Routing } from './route.ts';

/**
 * One message per target of a recording. Where no route leads anywhere there is one message without a target, with the
 * reason; where the source must be asked first, one that says so. Of a replay each message names the memos of all targets:
 * the row that is replayed is done with only when every one of them has its row.
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
