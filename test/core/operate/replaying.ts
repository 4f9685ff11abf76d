import type { Memo, MemoState } from '../../../functions/core/model/memo.ts';
import type { Route } from '../../../functions/core/model/route.ts';
import { replayMemos } from '../../../functions/core/operate/replay-memos.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { ID } from '../../fakes/send-step.ts';
import { asksWhoCalled, scriptedSource, sourcesOf } from '../../fakes/source.scripted.ts';
import type { storeStep } from '../../fakes/store-step.ts';

export type Store = ReturnType<typeof storeStep>;

/** Replays over the ledger and the bucket of a step's world. */
export const replayIn = (
  { ledger, keyValues, audio, clock }: Pick<Store, 'ledger' | 'keyValues' | 'audio' | 'clock'>,
  routes: readonly Route[] = [],
) => {
  const recordings = memoryRecordingsQueue();
  const memos = memoryMemosQueue({ clock });
  const asking = scriptedSource(
    { kind: 'ignored', reason: '' },
    { lookUpParties: asksWhoCalled('https://api.example/1') },
  );
  const sources = sourcesOf({ acme: scriptedSource({ kind: 'ignored', reason: '' }), asking });
  const run = replayMemos({ ledger, keyValues, audio, recordings, memos, sources, routes, clock });
  return { recordings, memos, run };
};

export const row = (state: MemoState, over: Partial<Memo> = {}): Memo => ({
  v: 1,
  id: ID,
  state,
  generation: 3,
  attempts: 1,
  cannotFetch: 0,
  recording: aRecording(),
  target: { chat: CHAT },
  audio: { key: 'audio/run/x.mp3', type: 'audio/mpeg', bytes: 3 },
  history: [],
  createdAt: '2026-03-04T05:06:07.000Z',
  updatedAt: '2026-03-04T05:06:07.000Z',
  ...over,
});

export const without = (memo: Memo, ...fields: ('audio' | 'target')[]): Memo => {
  const bare = { ...memo };
  for (const field of fields) delete bare[field];
  return bare;
};
