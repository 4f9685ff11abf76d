import type { AudioFacts } from '../model/audio.ts';
import { dayKey, lineKey } from '../model/keys.ts';
import type { Target } from '../model/memo.ts';
import { DAY_MS, MINUTE_MS } from '../model/timing.ts';
import type { KeyValueStore } from '../ports/ports.ts';
import { recipientsOf, suppressionKeysOf, suppressionsOf } from './suppression-list.ts';

/** Whether the policy lets a memo go now. */
export type PolicyVerdict =
  | { kind: 'free' }
  | { kind: 'suppressed'; reason: string }
  | { kind: 'wait'; reason: string; delayMs: number };

/** When the policy is checked again for a flagged line. Linq reports when the line is active again. */
const FLAGGED_MS = 60 * MINUTE_MS;

/**
 * Whether a memo may go to its chat now, by the suppression list, the line's status, the quiet hours and the day's
 * allowance.
 * @param chat absent until the chat is found; without it, the day's allowance is not checked
 */
export const checkPolicy = async (
  keyValues: Pick<KeyValueStore, 'read' | 'readAll' | 'join'>,
  { memo, chat, target, nowMs }: { memo: string; chat?: string; target: Target; nowMs: number },
): Promise<PolicyVerdict> => {
  const [suppression] = await suppressionsOf(keyValues, recipientsOf({ target, ...(chat && { chat }) }));
  if (suppression)
    return { kind: 'suppressed', reason: `the recipient is on the suppression list: ${suppression.reason}` };
  const line = 'line' in target ? await keyValues.read(lineKey(target.line)) : undefined;
  if (line?.status === 'FLAGGED') return { kind: 'wait', reason: 'the line is flagged', delayMs: FLAGGED_MS };

  const { quietHours, maxPerDay } = target;
  if (quietHours) {
    const delayMs = quietForMs(quietHours, nowMs);
    if (delayMs > 0)
      return { kind: 'wait', reason: `quiet hours until ${quietHours.until} ${quietHours.timeZone}`, delayMs };
  }
  if (maxPerDay !== undefined && chat !== undefined) {
    const timeZone = quietHours?.timeZone ?? 'UTC';
    const { date, minutes } = wallClock(nowMs, timeZone);
    if (!(await keyValues.join(dayKey(chat, date), memo, maxPerDay, 2 * DAY_MS))) {
      const delayMs = (24 * 60 - minutes) * MINUTE_MS;
      return { kind: 'wait', reason: `${maxPerDay} memos a day have gone to this chat`, delayMs };
    }
  }
  return { kind: 'free' };
};

/** The keys that `checkPolicy` reads. */
export const policyKeysOf = ({ chat, target }: { chat?: string; target: Target }): string[] => [
  ...suppressionKeysOf(recipientsOf({ target, ...(chat && { chat }) })),
  ...('line' in target ? [lineKey(target.line)] : []),
];

/**
 * Why a call is too short for its target; undefined where it is not. Length is measured on the whole call's audio,
 * silence included, not taken from the event. If the length is unknown, the memo is sent.
 */
export const tooShort = (
  { minSeconds }: Target,
  original: AudioFacts,
  made: readonly Pick<AudioFacts, 'seconds'>[],
): string | undefined => {
  const seconds = original.seconds ?? made.reduce((sum, part) => sum + (part.seconds ?? Number.NaN), 0);
  if (minSeconds === undefined || !(seconds < minSeconds)) return undefined; // NaN is not less
  return `the call is shorter than ${minSeconds} s, which its route asks for`;
};

/** Milliseconds until the quiet hours end; 0 outside of them. Quiet hours may include midnight. */
export const quietForMs = ({ from, until, timeZone }: NonNullable<Target['quietHours']>, nowMs: number): number => {
  const { minutes } = wallClock(nowMs, timeZone);
  const [begin, end] = [minutesOf(from), minutesOf(until)];
  const isQuiet = begin <= end ? minutes >= begin && minutes < end : minutes >= begin || minutes < end;
  if (!isQuiet) return 0;
  return ((end - minutes + 24 * 60) % (24 * 60) || 24 * 60) * MINUTE_MS;
};

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const wallClock = (nowMs: number, timeZone: string): { date: string; minutes: number } => {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(nowMs);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    minutes: Number(part('hour')) * 60 + Number(part('minute')),
  };
};
