import { expect, test } from 'vitest';
import { issueTicket } from '../../functions/http/console/session.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { KEY, testApi } from './api.ts';

const MINUTE = 60_000;
const follow = (ticket: string, clock = manualClock(), headers: Record<string, string> = {}) =>
  testApi({ clock }).see(`/sign-in?ticket=${ticket}`, headers);

test('a sign-in link opens the page for ten minutes, and holds no key', async () => {
  const clock = manualClock();
  const ticket = issueTicket(KEY, clock.nowMs());
  expect(ticket).not.toContain(KEY);
  const answer = await follow(ticket, clock);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
  expect(answer.headers.get('set-cookie')).toContain('HttpOnly');
  clock.advance(10 * MINUTE);
  const late = await follow(ticket, clock);
  expect([late.status, late.headers.get('set-cookie')]).toEqual([200, null]);
  expect(await late.text()).toContain('This link is not valid any more');
});

test.each([
  ['of another key', issueTicket('another-key', manualClock().nowMs()), {}],
  ['changed', issueTicket(KEY, manualClock().nowMs()).replace(/^\d/, '9'), {}],
  ['empty', '', {}],
  ['on another site', issueTicket(KEY, manualClock().nowMs()), { 'Sec-Fetch-Site': 'cross-site' }],
])('a link %s opens nothing', async (_what, ticket, headers) => {
  const answer = await follow(ticket, manualClock(), headers);
  expect(answer.headers.get('set-cookie')).toBeNull();
});
