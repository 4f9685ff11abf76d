import { describe, expect, test } from 'vitest';
import { payloadKey } from '../../../functions/core/model/keys.ts';
import { memoId } from '../../../functions/core/model/memo.ts';
import type { WebhookTrace } from '../../../functions/core/model/traces.ts';
import { payloadOfEvent, sourceEvents } from '../../../functions/core/observe/source-events.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { eraseMemos } from '../../../functions/core/operate/erase-memos.ts';
import { forgetPayloads } from '../../../functions/core/operate/forget-payloads.ts';
import { recordTrace } from '../../../functions/core/store/record-trace.ts';
import { aMessage, aRecording, CHAT, messagesTo, OTHER_CHAT } from '../../fakes/examples.ts';
import { storeStep } from '../../fakes/store-step.ts';

const PHONE = '+12025550101';
const PAYLOAD = '{"from": "+1 ••• ••• 0101", "note": "canary"}';
const DAY_MS = 86_400_000;

/** `store` over fakes, and everything that was ever written beside the memos. */
const prepare = () => {
  const world = storeStep();
  const { clock, keyValues, ledger, audio, queue, log } = world;
  const written = new Set<string>();
  const write = keyValues.write.bind(keyValues);
  keyValues.write = (key, ...rest) => {
    written.add(key);
    return write(key, ...rest);
  };
  let traces = 0;
  const trace = (over: Partial<WebhookTrace['trace']> = {}) => {
    const at = new Date(clock.nowMs()).toISOString();
    const given = { id: `t${++traces}`, source: 'acme', outcome: 'refused' as const, count: 1, at, reason: 'no match' };
    return recordTrace(keyValues)({ v: 2, trace: { ...given, ...over } });
  };
  const call = () =>
    aMessage({
      recording: aRecording({ from: PHONE }),
      payload: PAYLOAD,
      receivedAt: new Date(clock.nowMs()).toISOString(),
    });
  return {
    ...world,
    trace,
    call,
    events: () => sourceEvents({ ledger, keyValues, clock })('acme'),
    payload: (id: string) => payloadOfEvent({ ledger, keyValues, clock })('acme', id),
    erase: forgetPayloads({ keyValues, clock }, eraseMemos({ ledger, keyValues, audio, memos: queue, log })),
    kept: async () => JSON.stringify(await Promise.all([...written].map((key) => keyValues.read(key)))),
  };
};
const ID = memoId(aRecording(), { chat: CHAT });

describe('the events of a source', () => {
  test('are what came, newest first, and what became of it', async () => {
    const { clock, trace, run, call, events } = prepare();
    await trace({ outcome: 'ignored', reason: 'call.started' });
    clock.advance(1000);
    for (const message of messagesTo([{ chat: CHAT }, { chat: OTHER_CHAT }], { ...call() })) await run(message);
    clock.advance(1000);
    await trace();
    expect(await events()).toMatchObject([
      { id: 't2', outcome: 'refused', count: 1, reason: 'no match', memos: [], hasPayload: false },
      { outcome: 'accepted', memos: [{ state: 'stored' }, { state: 'stored' }], hasPayload: true },
      { id: 't1', outcome: 'ignored', reason: 'call.started' },
    ]);
  });

  test('keep their ids while they change, and a flood of a minute is one line', async () => {
    const { clock, trace, events } = prepare();
    for (let sent = 0; sent < 30; sent += 1) {
      await trace({ count: 10 });
      clock.advance(1000);
    }
    expect(await events()).toMatchObject([{ id: 't1', count: 300 }]);
    clock.advance(60_000);
    await trace();
    expect((await events()).map(({ id }) => id)).toEqual(['t31', 't1']);
  });

  test('are at most ten of each outcome, so that neither hides the other', async () => {
    const { clock, trace, events } = prepare();
    await trace();
    for (let sent = 0; sent < 50; sent += 1) {
      clock.advance(60_000);
      await trace({ outcome: 'ignored', reason: `event ${sent}` });
    }
    expect((await events()).map(({ outcome }) => outcome)).toEqual([...Array(10).fill('ignored'), 'refused']);
  });
});

describe('a payload', () => {
  test('is shown by the event, for a week', async () => {
    const { clock, trace, run, call, payload, events } = prepare();
    await run(call());
    await trace({ payload: PAYLOAD });
    expect([await payload(ID), await payload('t1')]).toEqual([PAYLOAD, PAYLOAD]);
    expect((await events()).map(({ hasPayload }) => hasPayload)).toEqual([true, true]);
    clock.advance(7 * DAY_MS);
    expect([await payload(ID), await payload('t1')]).toEqual([undefined, undefined]);
    expect((await events()).map(({ hasPayload }) => hasPayload)).toEqual([false, false]);
  });

  test('of another source, or of an event that is not there, is none', async () => {
    const { ledger, keyValues, clock, run, call, payload } = prepare();
    await run(call());
    expect(await payloadOfEvent({ ledger, keyValues, clock })('volt', ID)).toBeUndefined();
    expect(await payload('nothing')).toBeUndefined();
  });

  test('takes the place of an older one, and the older event then shows none', async () => {
    const { clock, trace, payload, events } = prepare();
    for (let minute = 0; minute < 6; minute += 1) {
      await trace({ payload: PAYLOAD });
      clock.advance(60_000);
    }
    expect(await Promise.all(['t1', 't2', 't6'].map(payload))).toEqual([undefined, PAYLOAD, PAYLOAD]);
    expect((await events()).map(({ hasPayload }) => hasPayload)).toEqual([true, true, true, true, true, false]);
  });

  test('is gone after an erasure, that of the memo and those of webhooks that made none', async () => {
    const { clock, keyValues, ledger, trace, run, call, erase, kept } = prepare();
    await run(call());
    await trace({ payload: PAYLOAD });
    const { memos } = await ledger.list({ phone: PHONE }, 10);
    expect(await erase(memos, true)).toMatchObject({ memos: [{ id: ID }] });
    expect(await kept()).toContain('canary');

    await rememberErasure({ keyValues, clock }, { phone: PHONE });
    await erase(memos);
    expect(await kept()).not.toMatch(/canary|0101/);
  });

  test('of a message that waited in a queue during the erasure is not kept either', async () => {
    const { clock, keyValues, trace, run, call, erase, kept } = prepare();
    const [late, at] = [call(), new Date(clock.nowMs()).toISOString()];
    clock.advance(1000);
    await rememberErasure({ keyValues, clock }, { phone: PHONE });
    await erase([]);
    clock.advance(1000);
    await run(late);
    await trace({ at, payload: PAYLOAD });
    expect(await kept()).not.toMatch(/canary/);
    expect(await keyValues.read(payloadKey(ID))).toBeUndefined();
  });

  test('that a run writes just behind the erasure is deleted by that run', async () => {
    const { ledger, keyValues, run, call, erase, kept } = prepare();
    const write = keyValues.write;
    keyValues.write = async (key, ...rest) => {
      if (key === payloadKey(ID)) await erase((await ledger.list({}, 10)).memos);
      return write(key, ...rest);
    };
    await run(call());
    expect(await ledger.get(ID)).toBeUndefined();
    expect(await kept()).not.toMatch(/canary/);
  });

  test('of an erased memo does not come back with a repeat of the webhook', async () => {
    const { ledger, run, call, erase, kept } = prepare();
    await run(call());
    await erase((await ledger.list({}, 10)).memos);
    await run(call());
    expect(await kept()).not.toMatch(/canary/);
  });
});
