import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Memo } from '../../functions/core/model/memo.ts';
import type { Parties } from '../../functions/core/model/recording.ts';
import type { Clock, Ledger, MemoFilter, NewMemo } from '../../functions/core/ports/ports.ts';
import { type ManualClock, manualClock } from '../fakes/clock.manual.ts';
import { aRecording } from '../fakes/examples.ts';
import { opened } from '../fakes/opened.ts';

/** The ledger's contract for reading many rows. */
export const listingContract = (make: (clock: Clock) => Ledger) => {
  let tests = 0;

  /** Six rows, a second apart, oldest first, under a source and call ids that no other test uses. */
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
      await ledger.claim(`once#${oldest}`, oldest); // a claim is not a memo
      expect(await idsOf(ledger, { source })).toEqual(newestFirst);
      expect((await idsOf(ledger, {})).filter((id) => id.startsWith(`${source}-`))).toEqual(newestFirst);
    });

    test('by a number, whether the source writes it with its plus sign or without, and no longer number', async () => {
      const { ledger, source } = await prepare();
      const digits = `1320555${String(1000 + tests)}`;
      const facts = [{ from: `+${digits}` }, { to: digits }, { from: `+${digits}0` }, { to: digits.slice(1) }, {}];
      for (const [index, parties] of facts.entries()) {
        const recording = aRecording({ source, id: `P${index}`, ...parties });
        const target = index === 4 ? { line: '+12052535597', handle: `+${digits}` } : undefined;
        await opened(ledger, { id: `${source}-p${index}`, state: 'received', recording, ...(target && { target }) });
      }
      const hers = [4, 1, 0].map((index) => `${source}-p${index}`);
      for (const phone of [digits, `+${digits}`]) expect(await idsOf(ledger, { phone, source })).toEqual(hers);
    });

    test('by state, source and call, one and all', async () => {
      const { ledger, source, newestFirst } = await prepare();
      const [r5, r4, r3, r2, r1, r0] = newestFirst;
      expect(await idsOf(ledger, { source, state: 'rejected' })).toEqual([r1, r0]);
      expect(await idsOf(ledger, { callId: `${source}-call-1` })).toEqual([r5, r3, r1]);
      expect(await idsOf(ledger, { callId: `${source}-call-0`, state: 'received', source })).toEqual([r4, r2]);
      expect(await idsOf(ledger, { callId: `${source}-call-0`, source: 'another' })).toEqual([]);
    });

    test('of a person, whoever called or gets the memo; and of a chat, where it went or is to go', async () => {
      const { ledger, source, clock } = await prepare();
      const chat = randomUUID();
      const phone = `+1415555${String(1000 + tests)}`;
      const others = { phone: '+12025550199', chat: randomUUID() };
      const make = async (id: string, facts: Partial<NewMemo>) => {
        clock.advance(1000);
        const recording = aRecording({ source, id });
        return (await opened(ledger, { id: `${source}-${id}`, state: 'stored', recording, ...facts })).id;
      };
      const line = '+12025550100';
      const to = (handle: string) => ({ target: { line, handle } });
      const ofParty = (id: string, parties: Parties) => make(id, { recording: aRecording({ source, id, ...parties }) });
      const person = [
        await ofParty('from', { from: phone, to: others.phone }),
        await ofParty('to', { from: others.phone, to: phone }),
        await make('handle', to(phone)),
      ];
      await ofParty('neither', { from: others.phone, to: line });
      await make('other-handle', to(others.phone));
      const chats = [await make('target', { target: { chat } }), await make('found', to(others.phone))];
      await ledger.move(chats[1] ?? '', { from: 'stored', to: 'sending', set: { chat, attempts: 1 } });
      await make('other-chat', { target: { chat: others.chat } });

      expect(await idsOf(ledger, { phone })).toEqual(person.toReversed());
      expect(await idsOf(ledger, { source, phone, state: 'stored' }, 1)).toEqual(person.toReversed());
      expect(await idsOf(ledger, { chat })).toEqual(chats.toReversed());
      expect(await idsOf(ledger, { source, chat, state: 'sending' })).toEqual(chats.slice(1));
      expect(await idsOf(ledger, { source, chat, phone })).toEqual([]);
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

  describe('count', () => {
    test('is of one state, or of all, and ends where it is told to', async () => {
      const { ledger } = await prepare();
      const rejected = (await all(ledger, { state: 'rejected' }, 100)).length;
      const everything = (await all(ledger, {}, 100)).length;
      expect(rejected).toBeGreaterThan(1);
      expect(await ledger.count({ state: 'rejected' }, 1000)).toBe(rejected);
      expect(await ledger.count({}, 1000)).toBe(everything);
      expect(await ledger.count({ state: 'rejected' }, rejected - 1)).toBe(rejected - 1);
      expect(await ledger.count({ state: 'unknown' }, 1000)).toBe(
        (await all(ledger, { state: 'unknown' }, 100)).length,
      );
    });
  });

  describe('list between two times', () => {
    /** The creation time of the row at this index, moved by `byMs`. */
    const at = (newestFirst: readonly string[], clock: ManualClock, index: number, byMs = 0) =>
      new Date(clock.nowMs() - (newestFirst.length - index) * 1000 + byMs).toISOString();

    test('since its own time a row is listed, until its own time it is not', async () => {
      const { ledger, source, newestFirst, clock } = await prepare();
      const [r5, r4, r3, r2, r1, r0] = newestFirst;
      const time = (index: number, byMs?: number) => at(newestFirst, clock, index, byMs);
      expect(await idsOf(ledger, { source, since: time(3) })).toEqual([r5, r4, r3]);
      expect(await idsOf(ledger, { source, since: time(3, 1) })).toEqual([r5, r4]);
      expect(await idsOf(ledger, { source, until: time(2) })).toEqual([r1, r0]);
      expect(await idsOf(ledger, { source, until: time(2, 1) })).toEqual([r2, r1, r0]);
      expect(await idsOf(ledger, { source, since: time(1), until: time(4) })).toEqual([r3, r2, r1]);
      expect(await idsOf(ledger, { source, since: time(2), until: time(2, 1) })).toEqual([r2]);
    });

    test.each([
      ['the same time twice', 2, 2],
      ['a time and one before it', 4, 1],
      ['the future', 7, 9],
      ['the past', -9, 0],
    ])('between %s there is nothing', async (_, from, to) => {
      const { ledger, source, newestFirst, clock } = await prepare();
      const [since, until] = [at(newestFirst, clock, from), at(newestFirst, clock, to)];
      expect(await ledger.list({ source, since, until }, 2)).toEqual({ memos: [] });
    });

    test.each([1, 2, 3, 4, 5])(
      'pages of %i lead through every row of it once, whatever else is asked',
      async (limit) => {
        const { ledger, source, newestFirst, clock } = await prepare();
        const [, r4, r3, r2, r1] = newestFirst;
        const window = { since: at(newestFirst, clock, 1), until: at(newestFirst, clock, 5) };
        expect(await idsOf(ledger, { source, ...window }, limit)).toEqual([r4, r3, r2, r1]);
        expect(await idsOf(ledger, { state: 'received', source, ...window }, limit)).toEqual([r4, r3, r2]);
        expect(await idsOf(ledger, { callId: `${source}-call-1`, source, ...window }, limit)).toEqual([r3, r1]);
        expect(await idsOf(ledger, { source, since: window.since }, limit)).toEqual(newestFirst.slice(0, 5));
        expect(await idsOf(ledger, { source, until: window.until }, limit)).toEqual(newestFirst.slice(1));
        const mine = (await idsOf(ledger, window, limit)).filter((id) => id.startsWith(`${source}-`));
        expect(mine).toEqual([r4, r3, r2, r1]);
      },
    );
  });

  test('a cursor that points to before or after the two times is refused as unreadable', async () => {
    const { ledger, source, clock, newestFirst } = await prepare();
    const { next } = await ledger.list({ source }, 3);
    const made = (await ledger.get(newestFirst[2] ?? ''))?.createdAt ?? '';
    for (const window of [{ until: made }, { since: clock.iso() }])
      await expect(ledger.list({ source, ...window }, 3, next)).rejects.toMatchObject({ code: 'unreadable' });
    expect(await idsOf(ledger, { source, since: made })).toEqual(newestFirst.slice(0, 3));
  });

  describe('list of what is old', () => {
    test.each([1, 2, 3])('is read on in pages of %i where each row is entombed as it is read', async (limit) => {
      const { ledger, source, newestFirst, clock } = await prepare();
      const seen: string[] = [];
      for (let next: string | undefined; ; ) {
        const page = await ledger.list({ source, until: clock.iso() }, limit, next);
        for (const { id } of page.memos) {
          seen.push(id);
          await ledger.leaveTombstone(id);
        }
        if (page.next === undefined) break;
        next = page.next;
      }
      expect(seen).toEqual(newestFirst);
      expect(await ledger.list({ source }, limit)).toEqual({ memos: [] });
    });
  });
};

const idsOf = async (ledger: Ledger, filter: MemoFilter, limit = 100): Promise<string[]> =>
  (await all(ledger, filter, limit)).map(({ id }) => id);

/** Follows the cursor to the end of the list. */
const all = async (ledger: Ledger, filter: MemoFilter, limit: number): Promise<Memo[]> => {
  const found: Memo[] = [];
  for (let next: string | undefined; ; ) {
    const page = await ledger.list(filter, limit, next);
    found.push(...page.memos);
    if (!page.next) return found;
    expect(page.memos).toHaveLength(limit); // a page with a cursor is full
    next = page.next;
  }
};

const openLater = (ledger: Ledger, clock: ManualClock, source: string, callId: string) => {
  clock.advance(1000);
  return opened(ledger, { id: `${source}-late`, state: 'received', recording: aRecording({ source, callId }) });
};

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
