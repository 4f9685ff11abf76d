import * as z from 'zod';
import { MINUTE_MS } from '../../functions/core/model/timing.ts';

/** The name under which the storm's source has quiet hours. */
export const QUIET_SOURCE = 'chaos-quiet-hours';

const clockTime = z.string().regex(/^\d\d:\d\d$/);
export const quietRouteSchema = z.strictObject({
  when: z.strictObject({ source: z.literal(QUIET_SOURCE) }),
  send: z.strictObject({
    chat: z.string(),
    quietHours: z.strictObject({ from: clockTime, until: clockTime, timeZone: z.literal('UTC') }),
  }),
});
export type QuietRoute = z.infer<typeof quietRouteSchema>;

/**
 * Quiet hours that have already begun. They end at the first whole minute that is at least `leastMs` from now: the
 * bridge reads hours and minutes of real time, at every scale.
 */
export const quietHours = (chat: string, nowMs: number, leastMs: number): { route: QuietRoute; untilMs: number } => {
  const untilMs = Math.ceil((nowMs + leastMs) / MINUTE_MS) * MINUTE_MS;
  const quietHours = {
    from: clockTimeOf(nowMs - 60 * MINUTE_MS),
    until: clockTimeOf(untilMs),
    timeZone: 'UTC' as const,
  };
  return { route: { when: { source: QUIET_SOURCE }, send: { chat, quietHours } }, untilMs };
};

const clockTimeOf = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
