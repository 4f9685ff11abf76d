import { describe, expect, test } from 'vitest';
import type { Recipient } from '../../../functions/core/model/keys.ts';
import { type Memo, type MemoState, STATES } from '../../../functions/core/model/memo.ts';
import type { MemoMessage } from '../../../functions/core/model/messages.ts';
import type { Route } from '../../../functions/core/model/route.ts';
import { inWords } from '../../../functions/core/operate/replay-memos.ts';
import { suppress } from '../../../functions/core/policy/suppression-list.ts';
import { aRecording, CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { ID } from '../../fakes/send-step.ts';
import { AUDIO, storeStep } from '../../fakes/store-step.ts';
import { replayIn, row, without } from './replaying.ts';

describe('what a replay would do', () => {
  const plan = async (
    memo: Memo,
    { force = false, chat = '', kept = true, routes = [] as Route[], suppressed = [] as Recipient[] } = {},
  ) => {
    const world = storeStep();
    await suppress(world, suppressed, { by: 'hand', reason: 'by hand' });
    if (kept && memo.audio) world.audio.objects.set(memo.audio.key, { bytes: AUDIO });
    const { run, memos, recordings } = replayIn(world, routes);
    const [dry] = await run([memo], { force, ...(chat && { chat }) }, true);
    expect([...memos.messages, ...recordings.messages]).toEqual([]);
    const [done] = await run([memo], { force, ...(chat && { chat }) }, false);
    expect(done?.plan).toBe(dry?.plan);
    return { plan: dry?.plan, queued: [...memos.messages, ...recordings.messages] };
  };
  const message: MemoMessage = { v: 1, memo: ID, generation: 4 };
  const toSend = { message, group: `chat:${CHAT}` };

  test.each<[MemoState, string, string]>([
    ['received', 'in-hand', 'in-hand'],
    ['stored', 'in-hand', 'in-hand'],
    ['sending', 'in-hand', 'in-hand'],
    ['unknown', 'in-hand', 'in-hand'],
    ['sent', 'delivered', 'send'],
    ['delivered', 'delivered', 'send'],
    ['read', 'delivered', 'send'],
    ['parked', 'ask', 'send'],
    ['failed', 'send', 'send'],
    ['skipped', 'held-back', 'send'],
  ])('with a %s memo: %s, by force %s', async (state, plain, forced) => {
    const one = await plan(row(state));
    expect(one.plan).toBe(plain);
    expect(one.queued).toEqual(['send', 'ask'].includes(plain) ? [toSend] : []);
    const other = await plan(row(state), { force: true });
    expect(other.plan).toBe(forced);
    expect(other.queued).toEqual(
      forced === 'send' ? [{ ...toSend, message: { ...message, generation: 5, force: true } }] : [],
    );
  });

  test('says something of every state', async () => {
    for (const state of STATES) expect((await plan(row(state))).plan, state).toBeTruthy();
  });

  test.each<MemoState>(['rejected', 'failed'])('fetches a %s recording again that was never stored', async (state) => {
    const { plan: planned, queued } = await plan(without(row(state), 'audio'));
    expect(planned).toBe('fetch');
    expect(queued).toMatchObject([
      { recording: aRecording(), target: { chat: CHAT }, replay: { memo: ID, generation: 4 } },
    ]);
  });

  test.each<MemoState>(['failed', 'parked', 'unrouted'])(
    'finds that the audio of a %s memo has expired',
    async (state) => {
      const memo = state === 'unrouted' ? without(row(state), 'target') : row(state);
      expect(await plan(memo, { kept: false, chat: OTHER_CHAT })).toEqual({ plan: 'expired', queued: [] });
    },
  );

  test('routes an unrouted recording by the routes of today, or to the chat it is given', async () => {
    const unrouted = without(row('unrouted'), 'target');
    expect(await plan(unrouted)).toEqual({ plan: 'no-route', queued: [] });
    const replay = { memo: ID, generation: 4 };
    const routes = [{ when: {}, send: { chat: OTHER_CHAT } }];
    expect((await plan(unrouted, { routes })).queued).toMatchObject([{ target: { chat: OTHER_CHAT }, replay }]);
    expect((await plan(unrouted, { chat: CHAT })).queued).toMatchObject([{ target: { chat: CHAT }, replay }]);
  });

  const PERSON = { line: '+12052535597', handle: '+12025550101' };
  test.each<[string, Memo, Recipient]>([
    ['its chat', row('failed'), { chat: CHAT }],
    ['the number it is for', row('failed', { target: PERSON }), { phone: PERSON.handle }],
    ['the chat that was found', row('sent', { target: PERSON, chat: OTHER_CHAT }), { chat: OTHER_CHAT }],
    ['its chat, before it was ever fetched', without(row('rejected'), 'audio'), { chat: CHAT }],
    ['its chat, where it may have been sent', row('parked'), { chat: CHAT }],
  ])('says that the suppression list has %s, and sends nothing, by force neither', async (_, memo, recipient) => {
    const given = { force: true, suppressed: [recipient] };
    expect(await plan(memo, given)).toEqual({ plan: 'suppressed', queued: [] });
    expect((await plan(memo, { force: true })).queued).toHaveLength(1);
  });

  test('still asks Linq about what may have been sent to one on the suppression list', async () => {
    expect(await plan(row('parked'), { suppressed: [{ chat: CHAT }] })).toMatchObject({ plan: 'ask' });
  });

  test('routes what goes to somebody besides those on the suppression list', async () => {
    const unrouted = without(row('unrouted'), 'target');
    const suppressed = [{ chat: OTHER_CHAT }];
    expect(await plan(unrouted, { chat: OTHER_CHAT, suppressed })).toEqual({ plan: 'suppressed', queued: [] });
    const routes = [{ when: {}, send: [{ chat: OTHER_CHAT }, { chat: CHAT }] }];
    expect(await plan(unrouted, { routes, suppressed })).toMatchObject({ plan: 'route' });
  });

  test('has the source asked where a route wants to know who called whom', async () => {
    const unrouted = without(row('unrouted', { recording: aRecording({ source: 'asking' }) }), 'target');
    const routes = [{ when: { to: '+1305' }, send: { chat: CHAT } }];
    expect((await plan(unrouted, { routes })).queued).toMatchObject([{ target: 'ask' }]);
  });

  test('is said in words', () => {
    const plans = ['send', 'expired', 'delivered', 'send', 'expired', 'send'] as const;
    expect(inWords(plans, true)).toBe('3 would be sent, 1 already delivered, 2 with an expired recording');
    expect(inWords(plans, false)).toBe('3 will be sent, 1 already delivered, 2 with an expired recording');
    expect(inWords([], true)).toBe('no memo matches');
  });
});
