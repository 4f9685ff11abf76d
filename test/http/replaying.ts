import type { Memo } from '../../functions/core/model/memo.ts';
import { aRecording, CHAT } from '../fakes/examples.ts';
import { type ApiSettings, testApi } from './api.ts';

const at = '2026-07-25T17:20:00.000Z';
export const idOf = (letter: string) => `m_${letter.repeat(26)}`;
export const keyOf = (id: string) => `audio/run/${id}.mp3`;

export const aMemo = (letter: string, over: Partial<Memo> = {}): Memo => {
  const id = idOf(letter);
  return {
    v: 1,
    id,
    state: 'failed',
    generation: 0,
    attempts: 1,
    recording: aRecording({ id: letter }),
    target: { chat: CHAT },
    audio: { key: keyOf(id), type: 'audio/mpeg', bytes: 1000 },
    cannotFetch: 0,
    history: [{ at, state: 'received' }],
    createdAt: at,
    updatedAt: at,
    ...over,
  };
};
export const failed = aMemo('a', { generation: 3 });
export const sent = aMemo('b', { state: 'delivered' });
export const expired = aMemo('c');
export const parked = aMemo('d', { state: 'parked' });
export const rejected = aMemo('e', { state: 'rejected' });
delete rejected.audio;
const { target: _none, ...unrouted } = aMemo('f', { state: 'unrouted' });

export { unrouted };

const all = [failed, sent, expired, parked, rejected, unrouted];
const objects = all.filter((memo) => memo !== expired).map(({ id }) => keyOf(id));

export const prepare = (over: ApiSettings = {}) => {
  const bridge = testApi({ memos: all, objects, ignoresFilters: true, ...over });
  const post = async (path: string) => {
    const answer = await bridge.call(path, { method: 'POST' });
    // A cast: an error has no `says`, and then no test reads that field.
    const body = (await answer.json()) as { says: string };
    return { status: answer.status, body, headers: answer.headers };
  };
  return { ...bridge, post };
};
export const group = `chat:${CHAT}`;
