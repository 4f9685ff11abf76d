import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Recording } from '../../functions/core/model/recording.ts';
import type { Clock, Ledger, MemoFilter, NewMemo } from '../../functions/core/ports/ports.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { aRecording } from '../fakes/examples.ts';
import { opened } from '../fakes/opened.ts';

/** The ledger's contract for what a person types into a search field. */
export const searchContract = (make: (clock: Clock) => Ledger) => {
  let tests = 0;

  /** Makes rows under a source of their own, oldest first. */
  const prepare = () => {
    const clock = manualClock();
    const ledger = make(clock);
    const source = `searched-${++tests}`;
    const open = async (
      id: string,
      { recording: more, ...facts }: Omit<Partial<NewMemo>, 'recording'> & { recording?: Partial<Recording> } = {},
    ) => {
      clock.advance(1000);
      const recording = aRecording({ source, id: `RE-${id}`, ...more });
      return (await opened(ledger, { id: `${source}-${id}`, state: 'received', ...facts, recording })).id;
    };
    const find = async (filter: MemoFilter) => (await ledger.list({ source, ...filter }, 50)).memos.map(({ id }) => id);
    return { ledger, source, open, find };
  };

  describe('search', () => {
    test('by the beginning of the id of a memo, a call, a recording or a chat', async () => {
      const { source, open, find, ledger } = prepare();
      const chat = randomUUID();
      const byCall = await open('a', { recording: { callId: `Call-${source}-1` } });
      const byTarget = await open('b', { target: { chat } });
      const byChat = await open('c', { state: 'stored', target: { line: '+12025550100', handle: '+12025550101' } });
      await ledger.move(byChat, { from: 'stored', to: 'sending', set: { chat, attempts: 1 } });
      const starting = (idPrefix: string) => find({ search: { idPrefix, digits: [] } });
      expect(await starting(`${source}-b`)).toEqual([byTarget]);
      expect(await starting(`Call-${source}`)).toEqual([byCall]);
      expect(await starting('RE-c')).toEqual([byChat]);
      expect(await starting(chat.slice(0, 8).toUpperCase())).toEqual([byChat, byTarget]);
      expect(await starting('E-c')).toEqual([]);
    });

    test('by digits of a party or of the recipient, or by an id', async () => {
      const { open, find } = prepare();
      const from = await open('from', { recording: { from: '+14155550123' } });
      const to = await open('to', { recording: { to: '14155550123' } });
      const handle = await open('handle', { target: { line: '+12025550100', handle: '+14155550123' } });
      const call = await open('call', { recording: { callId: '4155550123-7', from: '+12025550101' } });
      await open('other', { recording: { from: '+12025550101', to: '+14155550124' } });
      const search = { idPrefix: '4155550123', digits: ['4155550123'] };
      expect(await find({ search })).toEqual([call, handle, to, from]);
      expect(await find({ search, state: 'failed' })).toEqual([]);
      expect(await find({ search: { idPrefix: '(415)', digits: ['999999', '4155550124'] } })).toHaveLength(1);
    });

    test('by a part of the reason, with every other filter', async () => {
      const { open, find } = prepare();
      const one = await open('one', { state: 'failed', reason: 'Linq refuses our key (401/*)' });
      const two = await open('two', { state: 'rejected', reason: 'Linq refuses our key' });
      await open('three', { state: 'failed', reason: 'gone' });
      expect(await find({ reason: 'refuses our key' })).toEqual([two, one]);
      expect(await find({ reason: 'refuses our key', state: 'failed' })).toEqual([one]);
      expect(await find({ reason: 'key', search: { idPrefix: 'RE-two', digits: [] } })).toEqual([two]);
    });
  });
};
