import { describe, expect, test } from 'vitest';
import { memoId } from '../../../functions/core/model/memo.ts';
import { ledgerWithWaits, withWaits } from '../../../functions/core/send/waits-behind.ts';
import { memo as memoAnswer, memoList } from '../../../functions/http/response-schemas.ts';
import { aRecording, CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { DONE, ID, sendStep } from '../../fakes/send-step.ts';
import { testApi } from '../../http/api.ts';

const OURS = { kind: 'our-fault', reason: 'Linq refuses our key', code: '401/2004' } as const;

/** A waiting memo, one memo behind it, and one memo of another chat. */
const world = async (script: Parameters<typeof sendStep>[0] = { answers: [OURS, DONE] }) => {
  const step = await sendStep(script);
  const { ledger, keyValues, clock } = step;
  const other = async (id: string, chat: string) => {
    const recording = aRecording({ id });
    const target = { chat };
    const row = { id: memoId(recording, target), state: 'stored', recording, target } as const;
    await ledger.open(row);
    return row.id;
  };
  const behind = await other('RE2', CHAT);
  const elsewhere = await other('RE3', OTHER_CHAT);
  const shown = ledgerWithWaits(ledger, { keyValues, clock });
  const waits = async (id: string) => {
    const row = await shown.get(id);
    return { reason: row?.reason, dueAt: row?.dueAt };
  };
  return { ...step, behind, elsewhere, shown, waits };
};
const inSeconds = (iso: string, seconds: number) => new Date(Date.parse(iso) + seconds * 1000).toISOString();

describe('a memo behind one that waits in the same chat', () => {
  test('says so, with that one’s reason and its next try', async () => {
    const { deliver, clock, waits, behind, elsewhere, memo } = await world();
    const before = await waits(behind);
    await deliver();
    const dueAt = inSeconds(clock.iso(), 50);
    expect(await waits(behind)).toEqual({ reason: `waits behind ${ID}: Linq refuses our key`, dueAt });
    expect(await waits(ID)).toEqual({ reason: 'Linq refuses our key', dueAt });
    expect(await waits(elsewhere)).toEqual(before);
    expect((await memo()).reason).toBe('Linq refuses our key');
  });

  test.each<[string, Parameters<typeof sendStep>[0], string]>([
    ['in doubt', { answers: [{ kind: 'unknown', reason: 'Linq answered 500' }] }, 'Linq answered 500'],
    [
      'in quiet hours',
      { target: { chat: CHAT, quietHours: { from: '00:00', until: '23:00', timeZone: 'UTC' } } },
      'quiet hours until 23:00 UTC',
    ],
  ])('also where that one is %s', async (_, script, reason) => {
    const { deliver, waits, behind } = await world(script);
    await deliver();
    expect(await waits(behind)).toMatchObject({ reason: `waits behind ${ID}: ${reason}` });
  });

  test('says so no more once that one is due, and has gone', async () => {
    const { deliver, clock, waits, behind } = await world();
    const before = await waits(behind);
    await deliver();
    clock.advance(50_000);
    expect(await waits(behind)).toEqual(before);
    await deliver();
    expect(await waits(behind)).toEqual(before);
  });

  test('says so in the list and in the API’s row, and nothing is written into it', async () => {
    const { deliver, behind, ledger, shown } = await world();
    await deliver();
    const row = await ledger.get(behind);
    expect(row).not.toHaveProperty('reason');
    const { call } = testApi({ ledger: shown });
    const one = memoAnswer.parse(await (await call(`/memos/${behind}`)).json());
    const { memos } = memoList.parse(await (await call('/memos?state=stored')).json());
    for (const seen of [one, memos.find(({ id }) => id === behind)])
      expect(seen).toMatchObject({ reason: `waits behind ${ID}: Linq refuses our key` });
    expect(await ledger.get(behind)).toEqual(row);
  });
});

test('a row of any other state is shown as it is', async () => {
  const { deliver, behind, ledger, waits } = await world();
  await deliver();
  await ledger.move(behind, { from: 'stored', to: 'sending' });
  expect(await waits(behind)).toMatchObject({ reason: undefined });
});

test('what goes at once writes no note, and a page of rows costs one look at notes for each hundred groups', async () => {
  const { deliver, keyValues, clock } = await world({ answers: [DONE] });
  const written: string[] = [];
  const { write } = keyValues;
  keyValues.write = async (key, ...rest) => {
    written.push(key);
    return write(key, ...rest);
  };
  await deliver();
  expect(written).toEqual([]);

  const looks: number[] = [];
  const rows = Array.from({ length: 250 }, (_, n) => {
    const target = { chat: `550e8400-e29b-41d4-a716-${String(n).padStart(12, '0')}` };
    return { state: 'stored', target } as never; // the code reads no other field of the row
  });
  const readAll = async (keys: readonly string[]) => {
    looks.push(keys.length);
    return keys.map(() => undefined);
  };
  const counting = { readAll };
  await withWaits({ keyValues: counting, clock }, rows);
  await withWaits({ keyValues: counting, clock }, [{ state: 'sent', target: { chat: CHAT } } as never]);
  expect(looks).toEqual([100, 100, 50]);
});

test('a note that cannot be written keeps no memo waiting longer', async () => {
  const { deliver, keyValues, log } = await world();
  keyValues.write = async () => {
    throw new Error('DynamoDB is away');
  };
  expect(await deliver()).toMatchObject({ kind: 'later', delayMs: 50_000 });
  expect(log.entries).toContainEqual(expect.objectContaining({ level: 'warn' }));
});
