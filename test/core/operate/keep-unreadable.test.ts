import { describe, expect, test } from 'vitest';
import { MEMO_ID } from '../../../functions/core/model/memo.ts';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { keepUnreadable } from '../../../functions/core/operate/keep-unreadable.ts';
import { replayMemos } from '../../../functions/core/operate/replay-memos.ts';
import { memoryAudioStore } from '../../fakes/audio-store.memory.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aMessage, aRecording } from '../../fakes/examples.ts';
import { memoryKeyValueStore } from '../../fakes/key-value-store.memory.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { sourcesOf } from '../../fakes/source.scripted.ts';

const FROM = '+12025550101';
const odd = { ...aMessage(), recording: { ...aRecording({ from: FROM, callId: 'call-1' }), media: { kind: 'tape' } } };

const prepare = () => {
  const clock = manualClock();
  const [ledger, keyValues, log] = [memoryLedger({ clock }), memoryKeyValueStore({ clock }), memoryLog()];
  const [recordings, memos] = [memoryRecordingsQueue(), memoryMemosQueue({ clock })];
  const keep = keepUnreadable({ ledger, keyValues, log }, 'store');
  const rows = async () => (await ledger.list({}, 10)).memos;
  const replay = async (dryRun = false) => {
    const ports = { ledger, keyValues, audio: memoryAudioStore(), recordings, memos, sources: sourcesOf({}), clock };
    const [planned] = await replayMemos({ ...ports, routes: [] })(await rows(), { force: false }, dryRun);
    return planned?.plan;
  };
  return { clock, ledger, keyValues, log, recordings, memos, keep, rows, replay };
};

describe('a message that nobody can read', () => {
  test.each(['', 'not JSON', '[]', '{"v":1}', JSON.stringify({ ...odd, receivedAt: 'yesterday' })])(
    'has a row, failed and with the reason, and the message is kept in it: %s',
    async (body) => {
      const { keep, rows, log } = prepare();
      await keep(body, 'a field is missing');
      const [row, ...more] = await rows();
      expect(more).toEqual([]);
      expect(row).toMatchObject({ state: 'failed', reason: 'its message cannot be read: a field is missing' });
      expect(row).toMatchObject({ deadLetter: body, id: expect.stringMatching(MEMO_ID) });
      expect(log.entries).toMatchObject([{ level: 'warn', facts: { outcome: 'failed', memo: row?.id } }]);
    },
  );

  test('has one row, however often it comes, and another message has another', async () => {
    const { keep, rows } = prepare();
    for (const body of ['one', 'one', 'another']) await keep(body, 'not JSON');
    expect(await rows()).toHaveLength(2);
  });

  test('is found by what can be read of it', async () => {
    const { keep, ledger } = prepare();
    await keep(JSON.stringify(odd), 'recording.media: no such kind');
    const { memos } = await ledger.list({ phone: FROM }, 10);
    expect(memos).toMatchObject([
      { recording: { source: 'acme', id: 'RE1', callId: 'call-1' }, receivedAt: odd.receivedAt },
    ]);
  });

  test('is not kept where its person was erased after it came', async () => {
    const { keep, rows, keyValues, clock } = prepare();
    clock.advance(1000);
    await rememberErasure({ keyValues, clock }, { phone: FROM });
    await keep(JSON.stringify(odd), 'recording.media: no such kind');
    expect(await rows()).toEqual([]);
  });

  test('is too long for a row: its beginning is kept, and the reason says so', async () => {
    const { keep, rows } = prepare();
    await keep('x'.repeat(1_000_000), 'not JSON');
    const [row] = await rows();
    expect(row?.deadLetter).toHaveLength(100_000);
    expect(row?.reason).toContain('the first 100000 of its 1000000 characters are kept');
  });
});

describe('a replay of one', () => {
  test('says that the message still cannot be read, and does nothing', async () => {
    const { keep, replay, recordings, rows } = prepare();
    await keep(JSON.stringify(odd), 'recording.media: no such kind');
    expect(await replay()).toBe('unreadable');
    expect(recordings.messages).toEqual([]);
    expect(await rows()).toMatchObject([{ state: 'failed' }]);
  });

  test('queues the message again as it was, once this code can read it', async () => {
    const { keep, replay, recordings, rows } = prepare();
    const message = aMessage();
    await keep(JSON.stringify(message), 'a later version wrote it'); // as code that could not read it would do
    expect(await replay(true)).toBe('read');
    expect(recordings.messages).toEqual([]);
    expect(await replay()).toBe('read');
    expect(recordings.messages).toEqual([message]);
    expect(await rows()).toMatchObject([{ state: 'skipped', reason: 'its message could be read and is queued again' }]);
    expect(await replay()).toBe('held-back');
    expect(recordings.messages).toHaveLength(1);
  });
});
