import { describe, expect, test } from 'vitest';
import type { Memo } from '../../functions/core/memo.ts';
import type { Clock, Ledger, MemoFilter } from '../../functions/core/ports.ts';
import { type ManualClock, manualClock } from '../fakes/clock.manual.ts';
import { aRecording } from '../fakes/examples.ts';
import { opened } from '../fakes/opened.ts';

/** The part of the ledger's contract that is about reading many rows. */
export const listingContract = (make: (clock: Clock) => Ledger) => {
  let tests = 0;

  /** Six rows a second apart, oldest first, under a source and calls that no other test uses. */
  const prepare = async () => {
    const clock = manualClock();
    const ledger = make(clock);
    const source = `listed-${++tests}`;
    const ids: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      const callId = `${source}-call-${index % 2}`;
      const recording = aRecording({ source, id: `RE${index}`, callId });
      const { id } = await opened(ledger, { id: `${source}-${index}`, state: 'received', recording });
      if (index < 2) await ledger.move(id, { from: 'received', to: 'rejected' });
      ids.unshift(id);
      clock.advance(1000);
    }
    return { clock, ledger, source, newestFirst: ids };
  };

  describe('list', () => {
    test('newest first, by creation and not by change', async () => {
      const { ledger, source, newestFirst } = await prepare();
      const oldest = newestFirst.at(-2) ?? '';
      await ledger.claim(`once#${oldest}`, oldest); // a claim is no memo
      expect(await idsOf(ledger, { source })).toEqual(newestFirst);
      expect((await idsOf(ledger, {})).filter((id) => id.startsWith(`${source}-`))).toEqual(newestFirst);
    });

    test('by state, source and call, one and all', async () => {
      const { ledger, source, newestFirst } = await prepare();
      const [r5, r4, r3, r2, r1, r0] = newestFirst;
      expect(await idsOf(ledger, { source, state: 'rejected' })).toEqual([r1, r0]);
      expect(await idsOf(ledger, { callId: `${source}-call-1` })).toEqual([r5, r3, r1]);
      expect(await idsOf(ledger, { callId: `${source}-call-0`, state: 'received', source })).toEqual([r4, r2]);
      expect(await idsOf(ledger, { callId: `${source}-call-0`, source: 'another' })).toEqual([]);
    });

    test('what is listed is the whole row', async () => {
      const { ledger, source, newestFirst } = await prepare();
      const [newest = ''] = newestFirst;
      expect((await all(ledger, { source }, 100))[0]).toEqual(await ledger.get(newest));
    });

    test.each([1, 2, 3, 6, 7])('pages of %i lead through every row once', async (limit) => {
      const { ledger, source, newestFirst } = await prepare();
      expect(await idsOf(ledger, { source }, limit)).toEqual(newestFirst);
      const byCall = newestFirst.filter((_, index) => index % 2 === 1);
      expect(await idsOf(ledger, { callId: `${source}-call-0` }, limit)).toEqual(byCall);
      expect(await idsOf(ledger, { source, state: 'rejected' }, limit)).toEqual(newestFirst.slice(-2));
    });

    test('a row made while the pages are read neither hides nor repeats another', async () => {
      const { ledger, source, newestFirst, clock } = await prepare();
      const callId = `${source}-call-1`;
      const first = await ledger.list({ callId }, 2);
      await openLater(ledger, clock, source, callId);
      const second = await ledger.list({ callId }, 2, first.next);
      expect([...first.memos, ...second.memos].map(({ id }) => id)).toEqual(newestFirst.filter((_, i) => i % 2 === 0));
    });

    test.each([
      ['no cursor at all', '%%%'],
      ['empty JSON', encoded({})],
      ['another shape', encoded({ pk: 'x', at: 'y' })],
      ['a number', encoded(7)],
      ['null', encoded(null)],
      ['a place in another list', encoded({ pk: 'x', at: 'y', listed: 'claims' })],
    ])('a cursor that is not ours is refused as unreadable: %s', async (_, cursor) => {
      const { ledger } = await prepare();
      await expect(ledger.list({}, 2, cursor)).rejects.toMatchObject({ code: 'unreadable' });
    });

    test("one list's cursor is refused by another list", async () => {
      const { ledger, source } = await prepare();
      const callId = `${source}-call-0`;
      const everything = await ledger.list({}, 1);
      const oneCall = await ledger.list({ callId }, 1);
      expect(everything.next).toBeDefined();
      expect(oneCall.next).toBeDefined();
      await expect(ledger.list({ callId }, 1, everything.next)).rejects.toMatchObject({ code: 'unreadable' });
      await expect(ledger.list({}, 1, oneCall.next)).rejects.toMatchObject({ code: 'unreadable' });
      const other = ledger.list({ callId: `${source}-call-1` }, 1, oneCall.next);
      await expect(other).rejects.toMatchObject({ code: 'unreadable' });
    });
  });
};

const idsOf = async (ledger: Ledger, filter: MemoFilter, limit = 100): Promise<string[]> =>
  (await all(ledger, filter, limit)).map(({ id }) => id);

/** Follows the cursor to the end. */
const all = async (ledger: Ledger, filter: MemoFilter, limit: number): Promise<Memo[]> => {
  const found: Memo[] = [];
  for (let next: string | undefined; ; ) {
    const page = await ledger.list(filter, limit, next);
    found.push(...page.memos);
    if (!page.next) return found;
    expect(page.memos).toHaveLength(limit); // a page that leads on is full
    next = page.next;
  }
};

const openLater = (ledger: Ledger, clock: ManualClock, source: string, callId: string) => {
  clock.advance(1000);
  return opened(ledger, { id: `${source}-late`, state: 'received', recording: aRecording({ source, callId }) });
};

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
