import { describe, expect, test } from 'vitest';
import { type MemoState, memoId, STATES } from '../../../functions/core/model/memo.ts';
import type { DeadLetter } from '../../../functions/core/model/messages.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import type { Ledger } from '../../../functions/core/ports/ports.ts';
import { handleDeadLetter } from '../../../functions/core/tend/handle-dead-letter.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aMessage, anUnrouted, aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';

const ID = memoId(aRecording(), { chat: CHAT });
const memoLetter: DeadLetter = { v: 1, memo: ID, generation: 0 };

const prepare = async (state?: MemoState) => {
  const clock = manualClock();
  const ledger = memoryLedger({ clock });
  const memos = memoryMemosQueue({ clock });
  const keyValues = memoryKeyValueStore({ clock });
  const recordings = memoryRecordingsQueue();
  const log = memoryLog();
  if (state) await ledger.open({ id: ID, state, recording: aRecording(), target: { chat: CHAT } });
  const bury = (letter: DeadLetter, through: Ledger = ledger) =>
    handleDeadLetter({ ledger: through, keyValues, recordings, memos, log })(letter);
  return { clock, ledger, keyValues, recordings, memos, log, bury };
};

const ENDS: Partial<Record<MemoState, MemoState>> = {
  received: 'failed',
  stored: 'failed',
  sending: 'parked',
  unknown: 'parked',
};

describe("a memo's dead letter", () => {
  test.each(STATES)('finds its memo %s and leaves it where a person sees it', async (state) => {
    const { ledger, log, bury } = await prepare(state);
    const before = await ledger.get(ID);
    expect(await bury(memoLetter)).toMatchObject({ kind: 'done' });

    const row = await ledger.get(ID);
    const end = ENDS[state];
    if (!end) {
      expect(row).toEqual(before);
      expect(log.entries).toEqual([]);
    } else {
      expect(row).toMatchObject({ state: end, reason: expect.stringContaining(`while the memo was ${state}`) });
      expect(JSON.parse(row?.deadLetter ?? '')).toEqual(memoLetter);
      expect(log.entries).toMatchObject([{ level: 'error', facts: { memo: ID, outcome: 'dead-letter' } }]);
    }
  });

  test('of a memo that is gone is done with', async () => {
    const { ledger, bury } = await prepare();
    expect(await bury(memoLetter)).toMatchObject({ kind: 'done' });
    expect(await ledger.get(ID)).toBeUndefined();
  });

  test.each([
    ['stored', 1],
    ['unknown', 1],
    ['sending', 0],
  ] as const)('whose row its erasure has missed goes to where the row is erased: %s', async (state, queued) => {
    const { clock, ledger, keyValues, recordings, bury } = await prepare();
    const [recording, target, receivedAt] = [aRecording({ from: '+12025550101' }), { chat: CHAT }, clock.iso()];
    await ledger.open({ id: ID, state, recording, target, receivedAt });
    await rememberErasure({ keyValues, clock }, { phone: '+12025550101' });
    await bury(memoLetter);
    expect(recordings.messages).toEqual(Array(queued).fill({ v: 1, recording, target, receivedAt }));
    expect((await ledger.get(ID))?.state).toBe(state === 'sending' ? 'parked' : state);
  });

  test('of an older generation changes nothing', async () => {
    const { ledger, bury } = await prepare('stored');
    const before = await ledger.get(ID);
    const replayed = before && { ...before, generation: 1 };
    await bury(memoLetter, { ...ledger, get: async () => replayed });
    expect(await ledger.get(ID)).toEqual(before);
  });

  test('that comes twice is deadLettered once', async () => {
    const { ledger, bury } = await prepare('stored');
    await bury(memoLetter);
    const deadLettered = await ledger.get(ID);
    await bury(memoLetter);
    expect(await ledger.get(ID)).toEqual(deadLettered);
  });

  test('whose memo moves on at that moment is looked at again, not thrown away', async () => {
    const { ledger, bury } = await prepare('stored');
    const overtaken: Ledger = {
      ...ledger,
      async move(id, move) {
        await ledger.move(id, { from: 'stored', to: 'sending' });
        return ledger.move(id, move);
      },
    };
    await expect(bury(memoLetter, overtaken)).rejects.toMatchObject({ code: 'conflict', retryable: true, memo: ID });
    expect(await bury(memoLetter)).toMatchObject({ kind: 'done' });
    expect(await ledger.get(ID)).toMatchObject({ state: 'parked', deadLetter: JSON.stringify(memoLetter) });
  });
});

test('a memo that waits for us to fix our key has only lost its message: it gets another', async () => {
  const { ledger, memos, bury } = await prepare('stored');
  await ledger.move(ID, { from: 'stored', to: 'stored', set: { waitingFor: 'us' } });
  await bury(memoLetter);
  expect(await ledger.get(ID)).toMatchObject({ state: 'stored' });
  expect(memos.messages).toMatchObject([{ message: { memo: ID, generation: 0 } }]);
});

describe("a recording's dead letter", () => {
  test('whose memo was stored, but perhaps not queued, queues it', async () => {
    const { ledger, memos, bury } = await prepare('stored');
    await bury(aMessage());
    expect(await ledger.get(ID)).toMatchObject({ state: 'stored' });
    expect(memos.messages).toMatchObject([{ message: { memo: ID, generation: 0 } }]);
  });

  test.each<MemoState>(['sending', 'unknown'])('whose memo is %s leaves it to its own message', async (state) => {
    const { ledger, memos, bury } = await prepare(state);
    const before = await ledger.get(ID);
    await bury(aMessage());
    expect(await ledger.get(ID)).toEqual(before);
    expect(memos.messages).toEqual([]);
  });

  test('of an older generation leaves a replayed recording alone, and one of its own generation ends it', async () => {
    const { ledger, bury } = await prepare('rejected');
    await ledger.move(ID, { from: 'rejected', to: 'received', generation: 1 });
    await bury(aMessage());
    expect(await ledger.get(ID)).toMatchObject({ state: 'received' });
    await bury(aMessage({ replay: { memo: ID, generation: 1 } }));
    expect(await ledger.get(ID)).toMatchObject({ state: 'failed', generation: 1 });
  });

  test('of a memo that was erased makes no row', async () => {
    const { ledger, bury } = await prepare('sent');
    await ledger.leaveTombstone(ID);
    await bury(aMessage());
    expect(await ledger.get(ID)).toBeUndefined();
  });

  test('of what was erased makes no row, and goes back to where its bytes can be deleted', async () => {
    const { clock, ledger, keyValues, recordings, bury } = await prepare();
    const letter = aMessage({ recording: aRecording({ from: '+12025550101' }), receivedAt: clock.iso() });
    await rememberErasure({ keyValues, clock }, { phone: '+12025550101' });
    expect(await bury(letter)).toEqual({ kind: 'done', outcome: 'erased' });
    expect((await ledger.list({}, 10)).memos).toEqual([]);
    expect(recordings.messages).toEqual([letter]);
  });

  test('that never had a row gets one, which says that it was given up', async () => {
    const { ledger, bury } = await prepare();
    const letter = aMessage();
    await bury(letter);
    const row = await ledger.get(ID);
    expect(row).toMatchObject({ state: 'failed', recording: aRecording(), reason: expect.stringMatching(/given up/) });
    expect(JSON.parse(row?.deadLetter ?? '')).toEqual(letter);
  });

  test.each([
    ['no target', anUnrouted()],
    ['a target that was still to be asked for', aMessage({ target: 'ask' })],
  ] as const)('with %s gets a row without one', async (_, letter) => {
    const { ledger, bury } = await prepare();
    await bury(letter);
    const row = await ledger.get(memoId(aRecording(), undefined));
    expect(row).toMatchObject({ state: 'failed' });
    expect(row).not.toHaveProperty('target');
  });

  test('leaves alone what got through', async () => {
    const { ledger, bury } = await prepare('sent');
    const before = await ledger.get(ID);
    await bury(aMessage());
    expect(await ledger.get(ID)).toEqual(before);
  });

  test('leaves no address in the log', async () => {
    const { log, bury } = await prepare();
    await bury(aMessage());
    expect(log.entries).toHaveLength(1);
    expect(log.text()).not.toMatch(/media\.example|s3cret/);
  });
});
