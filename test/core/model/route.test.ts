import { describe, expect, test } from 'vitest';
import { type Route, routeRecording } from '../../../functions/core/model/route.ts';
import { aRecording, CHAT, OTHER_CHAT } from '../../fakes/examples.ts';

const to = (chat: string) => ({ kind: 'targets', targets: [{ chat }] });
const NOWHERE = { kind: 'targets', targets: [] };

describe('which route', () => {
  const first: Route = { when: { to: '+12052535597' }, send: { chat: CHAT } };
  const rest: Route = { when: {}, send: { chat: OTHER_CHAT } };

  test('the first that matches decides', () => {
    expect(routeRecording(aRecording({ to: '+12052535597' }), [first, rest], false)).toEqual(to(CHAT));
    expect(routeRecording(aRecording({ to: '+12052535597' }), [rest, first], false)).toEqual(to(OTHER_CHAT));
  });

  test('an empty `when` matches every recording, and no route at all leaves it unrouted', () => {
    expect(routeRecording(aRecording(), [rest], false)).toEqual(to(OTHER_CHAT));
    expect(routeRecording(aRecording(), [], false)).toEqual(NOWHERE);
  });

  test.each([
    ['the source', { source: 'acme' }, { source: 'other' }],
    ['from', { from: '+1205' }, { from: '+1206' }],
    ['to', { to: '+1205' }, { to: '+1206' }],
    ['the direction', { direction: 'inbound' }, { direction: 'outbound' }],
  ] as const)('%s must be what the route says', (_, matching, differing) => {
    const routes: Route[] = [{ when: matching, send: { chat: CHAT } }];
    expect(routeRecording(aRecording(matching), routes, true)).toEqual(to(CHAT));
    expect(routeRecording(aRecording(differing), routes, true)).toEqual(NOWHERE);
  });

  test('all that a route names must match, not some of it', () => {
    const routes: Route[] = [{ when: { from: '+1205', to: '+1300' }, send: { chat: CHAT } }];
    expect(routeRecording(aRecording({ from: '+1205', to: '+1300' }), routes, false)).toEqual(to(CHAT));
    expect(routeRecording(aRecording({ from: '+1205', to: '+1301' }), routes, false)).toEqual(NOWHERE);
    expect(routeRecording(aRecording({ from: '+1205' }), routes, false)).toEqual(NOWHERE);
  });

  test('numbers are compared without their ornaments', () => {
    const routes: Route[] = [{ when: { to: '+1 (205) 253-5597' }, send: { chat: CHAT } }];
    expect(routeRecording(aRecording({ to: '+12052535597' }), routes, false)).toEqual(to(CHAT));
  });
});

describe('where to', () => {
  test('a chat that the recording names wins over every route', () => {
    const routes: Route[] = [{ when: {}, send: { chat: OTHER_CHAT } }];
    expect(routeRecording(aRecording({ chat: CHAT.toUpperCase() }), routes, true)).toEqual(to(CHAT));
  });

  test('several targets are all meant, and one chat written twice is one target', () => {
    const send = [{ chat: CHAT }, { chat: OTHER_CHAT }, { chat: CHAT.toUpperCase() }];
    const targets = [{ chat: CHAT }, { chat: OTHER_CHAT }];
    expect(routeRecording(aRecording(), [{ when: {}, send }], false)).toEqual({ kind: 'targets', targets });
  });
});

describe('asking who called whom', () => {
  const byNumber: Route = { when: { to: '+1205' }, send: { chat: CHAT } };
  const rest: Route = { when: {}, send: { chat: OTHER_CHAT } };

  test('happens where a route wants to know and the source can say', () => {
    expect(routeRecording(aRecording(), [byNumber, rest], true)).toEqual({ kind: 'ask' });
  });

  test('does not happen where the source cannot say: the next route is tried', () => {
    expect(routeRecording(aRecording(), [byNumber, rest], false)).toEqual(to(OTHER_CHAT));
  });

  test('does not happen where an earlier route matches, or what is known rules the route out', () => {
    expect(routeRecording(aRecording(), [rest, byNumber], true)).toEqual(to(OTHER_CHAT));
    const both: Route = { when: { to: '+1205', from: '+1300' }, send: { chat: CHAT } };
    expect(routeRecording(aRecording({ to: '+1206' }), [both, rest], true)).toEqual(to(OTHER_CHAT));
    const elsewhere: Route = { when: { source: 'other', to: '+1205' }, send: { chat: CHAT } };
    expect(routeRecording(aRecording(), [elsewhere, rest], true)).toEqual(to(OTHER_CHAT));
  });
});

describe('the remote party', () => {
  const LINE = '+12052535597';
  const PERSON = '+12025550101';
  const route: Route = { when: {}, send: { line: '+1 205 253 5597', handle: 'remote party' } };
  const found = { kind: 'targets', targets: [{ line: LINE, handle: PERSON }] };

  test.each<[string, Parameters<typeof aRecording>[0]]>([
    ['who called in', { direction: 'inbound', from: PERSON, to: LINE }],
    ['who was called', { direction: 'outbound', from: LINE, to: PERSON }],
    ['without a direction the one of two that is not our line', { from: LINE, to: PERSON }],
    ['the only number there is', { from: PERSON }],
    [
      'of a call to a line that is not Linq’s, by its direction',
      { direction: 'inbound', from: PERSON, to: '+13055550123' },
    ],
  ])('is %s', (_, parties) => {
    expect(routeRecording(aRecording(parties), [route], false)).toEqual(found);
  });

  test.each<[string, Parameters<typeof aRecording>[0]]>([
    ['is not named', { direction: 'inbound', to: LINE }],
    ['may be either of two', { from: PERSON, to: '+13055550123' }],
  ])('that %s is asked for, and without an answer the recording is unrouted and says why', (_, parties) => {
    expect(routeRecording(aRecording(parties), [route], true)).toEqual({ kind: 'ask' });
    const unrouted = {
      kind: 'targets',
      targets: [],
      reason: 'the event does not say who was at the other end of the call',
    };
    expect(routeRecording(aRecording(parties), [route], false)).toEqual(unrouted);
  });

  test.each(['anonymous', '104', '+911', '+12345', 'sip:anna@pbx.example'])(
    'that is no complete telephone number is asked for, and without an answer the recording is unrouted and says why: %s',
    (from) => {
      const recording = aRecording({ direction: 'inbound', from, to: LINE });
      expect(routeRecording(recording, [route], true)).toEqual({ kind: 'ask' });
      const reason = expect.stringContaining('no complete telephone number');
      expect(routeRecording(recording, [route], false)).toEqual({ kind: 'targets', targets: [], reason });
    },
  );

  test('of a route with a send policy takes the policy along, and a target may have its own', () => {
    const quietHours = { from: '21:00', until: '08:00', timeZone: 'America/New_York' };
    const courteous: Route = { ...route, policy: { quietHours, maxPerDay: 3 } };
    const targets = [{ line: LINE, handle: PERSON, quietHours, maxPerDay: 3 }];
    expect(routeRecording(aRecording({ from: PERSON }), [courteous], false)).toEqual({ kind: 'targets', targets });
    const own: Route = { ...courteous, send: { chat: CHAT, maxPerDay: 1 } };
    expect(routeRecording(aRecording(), [own], false)).toMatchObject({
      targets: [{ chat: CHAT, quietHours, maxPerDay: 1 }],
    });
  });
});
