import { describe, expect, test } from 'vitest';
import type { RecordingMessage } from '../../../functions/core/model/messages.ts';
import { crashingAt } from '../../fakes/effects.ts';
import { aMessage, aRecording, CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { asksWhoCalled, scriptedSource } from '../../fakes/source.scripted.ts';
import { AUDIO, alive, type StoreScript, storeStep } from '../../fakes/store-step.ts';

type World = ReturnType<typeof storeStep>;

const one = aMessage();
const ask = aMessage({ target: 'ask' });
const asking: StoreScript = {
  source: scriptedSource({ kind: 'ignored', reason: '' }, { lookUpParties: asksWhoCalled('https://api.example/1') }),
  routes: [{ when: { to: '+1305' }, send: { chat: CHAT } }],
  answers: [{ kind: 'fetched', value: { to: '+1305' } }],
};
const askingForTwo: StoreScript = {
  ...asking,
  routes: [{ when: { to: '+1305' }, send: [{ chat: CHAT }, { chat: OTHER_CHAT }] }],
};

/**
 * Runs a message in new worlds: the run dies at the first outside effect, then at the second, …, until a run survives.
 */
const dieEverywhere = async (
  script: StoreScript,
  message: RecordingMessage,
  when: 'before' | 'after',
  check: (world: World, at: number) => Promise<void>,
): Promise<number> => {
  for (let at = 1; ; at += 1) {
    const world = storeStep(script);
    const effects = crashingAt(at, when);
    await world.run(message, { effects }).catch(() => {});
    if (!effects.crashed()) return at - 1;
    expect(await world.run(message, { receives: 2 }), `died ${when} effect ${at}`).toMatchObject({ kind: 'done' });
    await check(world, at);
  }
};

describe.each(['before', 'after'] as const)('a run that dies %s any of its outside effects', (when) => {
  test.each([
    ['one target', {}, one, [CHAT]],
    ['a recording whose length its source does not give', { hasLength: false }, one, [CHAT]],
    ['a target that is asked for', asking, ask, [CHAT]],
    ['two targets that are asked for', askingForTwo, ask, [CHAT, OTHER_CHAT]],
  ] as const)('is made good by the next: %s', async (_, script, message, chats) => {
    const deaths = await dieEverywhere(script, message, when, async ({ ledger, audio, queue }, at) => {
      const { memos } = await ledger.list({}, 100);
      expect(memos, `rows after effect ${at}`).toHaveLength(chats.length);
      for (const memo of memos) {
        expect(memo.history.filter(({ state }) => state === 'stored')).toHaveLength(1);
        expect(memo.state).toBe('stored');
        expect(audio.objects.get(memo.audio?.key ?? '')?.bytes).toEqual(AUDIO);
        expect(queue.messages.map(({ message }) => message.memo)).toContain(memo.id);
      }
    });
    expect(deaths).toBeGreaterThanOrEqual(6); // the runs died at row, download, put, move, erasures and queue
  });

  test('is made good by the next: a recording that becomes three parts', async () => {
    const script: StoreScript = { fitted: { kind: 'made', parts: ['one', 'two', 'three'] } };
    const deaths = await dieEverywhere(script, one, when, async ({ ledger, audio, queue }, at) => {
      const { memos } = await ledger.list({}, 100);
      const parts = memos.sort((a, b) => (a.part?.number ?? 0) - (b.part?.number ?? 0));
      const heard = parts.map((memo) => audio.objects.get(memo.audio?.key ?? '')?.bytes.toString());
      expect(heard, `after effect ${at}`).toEqual(['one', 'two', 'three']);
      const firstQueued = [...new Set(queue.messages.map(({ message }) => message.memo))];
      expect(firstQueued, `after effect ${at}`).toEqual(parts.map(({ id }) => id));
    });
    expect(deaths).toBeGreaterThanOrEqual(17); // three puts, copies, rows and messages, and the effects of one memo
  });

  test('leaves no stored memo behind in silence, even where the source has nothing more to give', async () => {
    const downloads = [
      { kind: 'fetched', value: AUDIO },
      { kind: 'rejected', reason: 'gone' },
    ] as const;
    await dieEverywhere({ downloads }, one, when, async ({ ledger, queue }, at) => {
      const queued = queue.messages.map(({ message }) => message.memo);
      const { memos } = await ledger.list({}, 100);
      expect(memos).toHaveLength(1);
      for (const { id, state } of memos) {
        if (state === 'stored') expect(queued, `after effect ${at}`).toContain(id);
        else expect(state, `after effect ${at}`).toBe('rejected');
      }
    });
  });
});

describe('an outside effect that fails', () => {
  test('fails the step, so that its message comes back', async () => {
    const { run } = storeStep();
    const effects = crashingAt(1, 'before');
    await expect(run(one, { effects })).rejects.toThrow();
  });

  test('a lost lease fetches nothing, and the row waits for the next run', async () => {
    const { run, memo, queue } = storeStep();
    const lost = AbortSignal.abort(new Error('the lease is lost'));
    await expect(run(one, { lease: lost })).rejects.toThrow('the lease is lost');
    expect(await memo()).toMatchObject({ state: 'received', recording: aRecording() });
    expect(queue.messages).toEqual([]);
    expect(await run(one, { lease: alive() })).toMatchObject({ kind: 'done' });
  });
});
