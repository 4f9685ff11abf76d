import { expect, test } from 'vitest';
import { QUIET_SOURCE, quietHours, quietRouteSchema } from '../../../local/chaos/quiet-hours.ts';

const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const at = Date.parse('2026-11-29T23:58:20.000Z');

test('quiet hours have begun and end at a whole minute, no sooner than asked', () => {
  const { route, untilMs } = quietHours(CHAT, at, 60_000);
  expect(new Date(untilMs).toISOString()).toBe('2026-11-30T00:00:00.000Z');
  expect(route).toEqual({
    when: { source: QUIET_SOURCE },
    send: { chat: CHAT, quietHours: { from: '22:58', until: '00:00', timeZone: 'UTC' } },
  });
  expect(quietRouteSchema.parse(route)).toEqual(route);
});
