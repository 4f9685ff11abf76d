import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manualClock } from '../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../fakes/examples.ts';
import { opened } from '../fakes/opened.ts';
import { dueContract } from './ledger.due.ts';
import type { LedgerHome, Prepare } from './ledger.home.ts';
import { listingContract } from './ledger.listing.ts';
import { movesContract } from './ledger.moves.ts';
import { receiptsContract } from './ledger.receipts.ts';
import { searchContract } from './ledger.search.ts';
import { tombstonesContract } from './ledger.tombstones.ts';
import { waysContract } from './ledger.ways.ts';

/** What every ledger promises, whatever holds its data. */
export const ledgerContract = (start: () => Promise<LedgerHome>) => {
  let home: LedgerHome;
  let rows = 0;
  beforeAll(async () => {
    home = await start();
  });
  afterAll(() => home.stop());

  const prepare: Prepare = async (state = 'received') => {
    const clock = manualClock();
    const ledger = home.ledger(clock);
    const id = `row-${++rows}`;
    const row = await opened(ledger, { id, state, recording: aRecording(), target: { chat: CHAT } });
    return { clock, ledger, id, row };
  };

  describe('open', () => {
    test('a new row begins in the given state with nothing done and its first line of history', async () => {
      const { ledger, id, clock } = await prepare('unrouted');
      const at = clock.iso();
      const facts = {
        v: 1,
        id,
        state: 'unrouted',
        generation: 0,
        attempts: 0,
        cannotFetch: 0,
        createdAt: at,
        updatedAt: at,
      };
      const history = [{ at, state: 'unrouted' }];
      expect(await ledger.get(id)).toEqual({ ...facts, recording: aRecording(), target: { chat: CHAT }, history });
    });

    test('a reason is kept in the row and in its history', async () => {
      const { ledger } = await prepare();
      const row = await opened(ledger, {
        id: 'with-reason',
        state: 'failed',
        recording: aRecording(),
        reason: 'because',
      });
      expect(row).toMatchObject({ reason: 'because', history: [{ state: 'failed', reason: 'because' }] });
    });

    test('a second open changes nothing and answers the row as it stands', async () => {
      const { ledger, id, clock } = await prepare();
      const moved = await ledger.move(id, { from: 'received', to: 'stored', set: { chat: CHAT } });
      clock.advance(1000);
      const again = await opened(ledger, {
        id,
        state: 'received',
        recording: aRecording({ from: '+1' }),
        reason: 'new',
      });
      expect(again).toEqual(moved);
      expect(await ledger.get(id)).toEqual(moved);
    });

    test('many opens at once make one row', async () => {
      const { ledger, clock } = await prepare();
      const open = (source: string) =>
        opened(ledger, { id: 'at-once', state: 'received', recording: aRecording({ source }) });
      const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(open));
      expect(new Set(answers.map(({ recording }) => recording.source)).size).toBe(1);
      expect(answers[0]?.createdAt).toBe(clock.iso());
    });

    test('a row that is not there is not got', async () => {
      const { ledger } = await prepare();
      expect(await ledger.get('m_nowhere')).toBeUndefined();
    });
  });

  describe('claim', () => {
    test('the first memo to claim a key keeps it, however often it asks', async () => {
      const { ledger, id } = await prepare();
      expect(await ledger.claim(`once#${id}`, 'first')).toBe(true);
      expect(await ledger.claim(`once#${id}`, 'second')).toBe(false);
      expect(await ledger.claim(`once#${id}`, 'first')).toBe(true);
      expect(await ledger.claim(`once#${id}`, 'second')).toBe(false);
      expect(await ledger.claim(`once#${id}-other`, 'second')).toBe(true);
    });

    test('of many at once exactly one has it', async () => {
      const { ledger, id } = await prepare();
      const memos = Array.from({ length: 20 }, (_, index) => `memo-${index}`);
      const claims = await Promise.all(memos.map((memo) => ledger.claim(`once#${id}`, memo)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      const winner = memos[claims.indexOf(true)] ?? '';
      expect(await ledger.claim(`once#${id}`, winner)).toBe(true);
    });
  });

  movesContract(prepare);
  waysContract(prepare);
  tombstonesContract(prepare);
  receiptsContract(prepare);
  listingContract((clock) => home.ledger(clock));
  dueContract((clock) => home.ledger(clock));
  searchContract((clock) => home.ledger(clock));
};
