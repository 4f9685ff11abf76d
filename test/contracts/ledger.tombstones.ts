import { describe, expect, test } from 'vitest';
import { MOVES, REPLAYS, STATES } from '../../functions/core/model/memo.ts';
import { aRecording } from '../fakes/examples.ts';
import { opened } from '../fakes/opened.ts';
import type { Prepare } from './ledger.home.ts';

/** The ledger's contract for the rest of an erased or expired memo. */
export const tombstonesContract = (prepare: Prepare) => {
  describe('leaveTombstone', () => {
    test.each(STATES)('leaves of a %s memo nothing to be got, and nothing to be opened anew', async (state) => {
      const { ledger, id } = await prepare(state);
      await ledger.leaveTombstone(id);
      expect(await ledger.get(id)).toBeUndefined();
      expect(await ledger.open({ id, state: 'received', recording: aRecording() })).toBeUndefined();
      expect(await ledger.get(id)).toBeUndefined();
    });

    test.each(STATES)('leaves a %s memo that no move touches, by itself or by replay', async (from) => {
      const { ledger, id } = await prepare(from);
      await ledger.leaveTombstone(id);
      for (const to of [from, ...MOVES[from]]) expect(await ledger.move(id, { from, to })).toBeUndefined();
      for (const to of [from, ...(REPLAYS[from] ?? [])])
        expect(await ledger.move(id, { from, to, generation: 9 })).toBeUndefined();
      expect(await ledger.get(id)).toBeUndefined();
    });

    test('takes a memo out of every list, and no other', async () => {
      const { ledger, clock } = await prepare();
      const recording = aRecording({ source: 'entombed', callId: 'entombed-call' });
      const [gone, left] = ['entombed-1', 'entombed-2'];
      await opened(ledger, { id: gone, state: 'stored', recording });
      await opened(ledger, { id: left, state: 'stored', recording });
      clock.advance(1000);
      await ledger.leaveTombstone(gone);
      const filters = [{}, { source: 'entombed' }, { callId: 'entombed-call' }, { state: 'stored' as const }];
      for (const filter of filters) {
        const ids = (await ledger.list(filter, 1000)).memos.map(({ id }) => id);
        expect(ids).toContain(left);
        expect(ids).not.toContain(gone);
      }
      const due: string[] = [];
      for (let next: string | undefined; ; ) {
        const page = await ledger.due(clock.iso(), 1000, next);
        due.push(...page.memos.map(({ id }) => id));
        if (page.next === undefined) break;
        next = page.next;
      }
      expect(due).toContain(left);
      expect(due).not.toContain(gone);
    });

    test('leaves claims as they are: the same recording still goes to no chat twice', async () => {
      const { ledger, id } = await prepare('sent');
      await ledger.claim(`once#${id}`, id);
      await ledger.leaveTombstone(id);
      expect(await ledger.claim(`once#${id}`, 'another')).toBe(false);
      expect(await ledger.claim(`once#${id}`, id)).toBe(true);
    });

    test('leaves receipts as they are', async () => {
      const { ledger, id } = await prepare('sent');
      await ledger.addReceipt({ messageId: `L-${id}`, memo: id, sent: 'then' });
      await ledger.leaveTombstone(id);
      expect(await ledger.messageIdsFromReceipts(id)).toEqual([{ messageId: `L-${id}` }]);
      expect(await ledger.addReceipt({ messageId: `L-${id}` })).toMatchObject({ memo: id, sent: 'then' });
    });

    test('a second time changes nothing', async () => {
      const { ledger, id } = await prepare();
      await ledger.leaveTombstone(id);
      await ledger.leaveTombstone(id);
      expect(await ledger.open({ id, state: 'received', recording: aRecording() })).toBeUndefined();
    });

    test('of a row that is not there makes no tombstone', async () => {
      const { ledger, id } = await prepare();
      await ledger.leaveTombstone(`${id}-nowhere`);
      const row = await ledger.open({ id: `${id}-nowhere`, state: 'received', recording: aRecording() });
      expect(row).toMatchObject({ state: 'received', generation: 0 });
    });

    test('of a row that was seen otherwise leaves it: a replay has woken it since', async () => {
      const { ledger, id } = await prepare('failed');
      const woken = await ledger.move(id, { from: 'failed', to: 'stored', generation: 1 });
      await ledger.leaveTombstone(id, { state: 'failed', generation: 0 });
      await ledger.leaveTombstone(id, { state: 'stored', generation: 0 });
      expect(await ledger.get(id)).toEqual(woken);
      await ledger.leaveTombstone(id, { state: 'stored', generation: 1 });
      expect(await ledger.get(id)).toBeUndefined();
    });

    test('at the same time as a replay leaves the replayed row whole, or a tombstone', async () => {
      const { ledger, id } = await prepare('failed');
      await Promise.all([ledger.leaveTombstone(id), ledger.move(id, { from: 'failed', to: 'stored', generation: 1 })]);
      const row = await ledger.get(id);
      if (row) expect(row).toMatchObject({ state: 'stored', generation: 1, history: [{}, { state: 'stored' }] });
      else expect(await ledger.move(id, { from: 'stored', to: 'sending' })).toBeUndefined();
    });
  });
};
