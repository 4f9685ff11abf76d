import type { Memo } from '../../functions/core/model/memo.ts';
import { CHAT } from '../fakes/examples.ts';

export const ID = `m_${'a'.repeat(26)}`;

/** A sent memo of a call, as a row. */
export const aMemo = (over: Partial<Memo> = {}): Memo => ({
  v: 1,
  id: ID,
  state: 'sent',
  generation: 0,
  attempts: 1,
  cannotFetch: 0,
  recording: { source: 'twilio', id: 'RE1', callId: 'CA1', media: { kind: 'ask' } },
  target: { chat: CHAT },
  audio: { key: `audio/${ID}/run/${ID}.mp3`, type: 'audio/mpeg', bytes: 1000, seconds: 37 },
  history: [{ at: '2026-03-04T05:06:07.000Z', state: 'received' }],
  createdAt: '2026-03-04T05:06:07.000Z',
  updatedAt: '2026-03-04T05:06:07.000Z',
  ...over,
});
