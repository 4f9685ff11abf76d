import { describe, expect, test } from 'vitest';
import type { Clock, Ledger } from '../../functions/core/ports/ports.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { aRecording } from '../fakes/examples.ts';
import { opened } from '../fakes/opened.ts';

/** The ledger's contract for the list that the sweep reads. */
export const dueContract = (make: (clock: Clock) => Ledger) => {
  let tests = 0;

  /** Six rows, a second apart, oldest first, under a source that no other test uses. The oldest two are settled. */
  const prepare = async () => {
    const clock = manualClock();
    const ledger = make(clock);
    const source = `due-${++tests}`;
    const ids: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      const recording = aRecording({ source, id: `RE${index}` });
      const { id } = await opened(ledger, { id: `${source}-${index}`, state: 'received', recording });
      if (index < 2) await ledger.move(id, { from: 'received', to: 'rejected' });
      ids.unshift(id);
      clock.advance(1000);
    }
    return { clock, ledger, source, newestFirst: ids };
  };

  describe('due', () => {
    /** The rows of a source that were due before a time. The list knows no sources, and has rows of other tests. */
    const dueOf = async (ledger: Ledger, source: string, before: string, limit = 100): Promise<string[]> => {
      const found: string[] = [];
      for (let next: string | undefined; ; ) {
        const page = await ledger.due(before, limit, next);
        found.push(...page.memos.flatMap(({ id, recording }) => (recording.source === source ? id : [])));
        if (page.next === undefined) return found.sort();
        next = page.next;
      }
    };

    test('holds what was due before a time, and nothing that is settled', async () => {
      const { ledger, source, newestFirst, clock } = await prepare();
      const [r5 = '', r4, r3, r2] = newestFirst; // r1 and r0 are rejected
      expect(await dueOf(ledger, source, clock.iso())).toEqual([r2, r3, r4, r5]);
      const due = (await ledger.get(r5))?.dueAt ?? '';
      expect(await dueOf(ledger, source, due)).toEqual([r2, r3, r4]);
    });

    test('goes by when a row is due now, and not by when it was made', async () => {
      const { ledger, source, newestFirst, clock } = await prepare();
      const [r5, r4 = '', r3, r2 = ''] = newestFirst;
      const later = new Date(clock.nowMs() + 60_000).toISOString();
      const stay = { from: 'received', to: 'received' } as const;
      await ledger.move(r4, { ...stay, set: { dueAt: later } });
      await ledger.move(r2, { from: 'received', to: 'failed' });
      expect(await dueOf(ledger, source, clock.iso())).toEqual([r3, r5]);
      clock.advance(60_001);
      expect(await dueOf(ledger, source, clock.iso())).toEqual([r3, r4, r5]);
    });

    test('has a memo that is tried before its time by the time of that try, and one that is replayed', async () => {
      const { ledger, source, newestFirst, clock } = await prepare();
      const [r5 = '', r4, r3, r2, r1 = ''] = newestFirst;
      const tomorrow = new Date(clock.nowMs() + 24 * 60 * 60_000).toISOString();
      await ledger.move(r5, { from: 'received', to: 'stored' });
      await ledger.move(r5, { from: 'stored', to: 'stored', set: { dueAt: tomorrow } });
      clock.advance(1000);
      await ledger.move(r5, { from: 'stored', to: 'sending' });
      await ledger.move(r1, { from: 'rejected', to: 'received', generation: 1 });
      expect(await dueOf(ledger, source, clock.iso())).toEqual([r2, r3, r4]);
      clock.advance(1);
      expect(await dueOf(ledger, source, clock.iso())).toEqual([r1, r2, r3, r4, r5]);
    });

    test('has what waits for our own fault by the time since when it waits, however often it is tried', async () => {
      const { ledger, source, newestFirst, clock } = await prepare();
      const [r5 = '', ...others] = newestFirst;
      for (const id of others.slice(0, 3)) await ledger.move(id, { from: 'received', to: 'failed' });
      await ledger.move(r5, { from: 'received', to: 'stored' });
      const ownFaultSince = clock.iso();
      for (let tries = 1; tries <= 3; tries += 1) {
        clock.advance(50_000);
        await ledger.move(r5, { from: 'stored', to: 'sending', set: { attempts: tries } });
        const dueAt = new Date(clock.nowMs() + 50_000).toISOString();
        await ledger.move(r5, { from: 'sending', to: 'stored', set: { dueAt, waitingFor: 'us', ownFaultSince } });
      }
      expect(await dueOf(ledger, source, ownFaultSince)).toEqual([]);
      expect(await dueOf(ledger, source, clock.iso())).toEqual([r5]);
      await ledger.move(r5, { from: 'stored', to: 'failed' });
      clock.advance(60_000);
      expect(await dueOf(ledger, source, clock.iso())).toEqual([]);
    });

    test.each([1, 2, 3, 4, 5])(
      'is led through by pages of %i, also where each row is put off as it is read',
      async (limit) => {
        const { ledger, source, newestFirst, clock } = await prepare();
        const before = clock.iso();
        const seen: string[] = [];
        for (let next: string | undefined; ; ) {
          const page = await ledger.due(before, limit, next);
          for (const { id, recording } of page.memos) {
            if (recording.source !== source) continue;
            seen.push(id);
            const dueAt = new Date(clock.nowMs() + 60_000).toISOString();
            await ledger.move(id, { from: 'received', to: 'received', set: { dueAt } });
          }
          if (page.next === undefined) break;
          next = page.next;
        }
        expect(seen.sort()).toEqual(newestFirst.slice(0, 4).reverse());
        expect(await dueOf(ledger, source, before, limit)).toEqual([]);
      },
    );

    test('refuses a cursor that is not ours', async () => {
      const { ledger, clock } = await prepare();
      const { next = '' } = await ledger.list({}, 1);
      for (const cursor of ['%%%', next])
        await expect(ledger.due(clock.iso(), 2, cursor)).rejects.toMatchObject({ code: 'unreadable' });
    });
  });
};
