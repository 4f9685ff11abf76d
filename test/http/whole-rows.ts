import type { Memo } from '../../functions/core/model/memo.ts';
import type { Receipt } from '../../functions/core/ports/ports.ts';
import { CHAT } from '../fakes/examples.ts';
import { MESSAGE } from './linq-events.ts';

const id = `m_${'a'.repeat(26)}`;
const at = '2026-07-25T17:20:00.000Z';
const sound = { type: 'audio/mpeg', bytes: 1000, codec: 'mp3', sampleRate: 16_000, channels: 1, seconds: 37.5 };
const audio = { key: `audio/${id}/run/${id}.mp3`, ...sound, waveform: [3, 41, 57] };
/** Has every field that a row may have: `Required` makes the compiler check that. */
export const whole: Required<Memo> = {
  v: 1,
  id,
  state: 'sent',
  reason: 'replayed',
  generation: 1,
  attempts: 2,
  token: 'token-of-this-attempt',
  recording: {
    source: 'twilio',
    id: 'RE1',
    callId: 'CA1',
    from: '+14155550101',
    to: '+14155550199',
    direction: 'inbound',
    durationSeconds: 37,
    chat: CHAT,
    media: { kind: 'ask' },
    reference: { account: 'AC1' },
  },
  target: {
    line: '+14155550199',
    handle: '+14155550101',
    create: 'Hello',
    quietHours: { from: '21:00', until: '08:00', timeZone: 'UTC' },
    maxPerDay: 3,
    minSeconds: 10,
  },
  audio,
  original: sound,
  fitting: { done: 'converted', reason: 'ulaw in wav', notes: ['it ends early'], engine: 'ffmpeg', ms: 12 },
  part: { number: 1, of: 2 },
  laterParts: [audio],
  chat: CHAT,
  lookedUpAgain: true,
  inspected: true,
  uploaded: 'attachment-1',
  cannotFetch: 1,
  waitingSince: at,
  pausedAt: at,
  waitingFor: 'line',
  ownFaultSince: at,
  dueAt: at,
  attemptedAt: at,
  unknowns: 1,
  unknownSince: at,
  linq: { messageId: MESSAGE, attachmentId: 'attachment-1' },
  earlierMessages: ['earlier-message'],
  deadLetter: '{}',
  history: [{ at, state: 'sent', attempt: 1, reason: 'r', code: '202', traceId: 't', messageId: MESSAGE }],
  historyOmitted: 15,
  receivedAt: at,
  createdAt: at,
  updatedAt: at,
};
/** A receipt with every field. */
export const receipt: Required<Receipt> = {
  messageId: MESSAGE,
  memo: id,
  chat: CHAT,
  sent: at,
  delivered: at,
  read: at,
  failed: at,
  reason: '4001 failed',
};
