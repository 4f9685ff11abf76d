import { DAY_MS, HOUR_MS } from '../../functions/core/model/timing.ts';
import type { Move } from '../../functions/core/ports/ports.ts';
import type { Dice } from '../chaos/seeded.ts';

export type TimedMove = Move & { afterMs: number };
interface End {
  unrouted?: true;
  moves: (memo: string, chat: string) => TimedMove[];
}

/** How the memo of a call goes, and how it ends. Most arrive; on one day in ten many fail; the newest are on their way. */
export const endOf = (
  random: Dice,
  { atMs, nowMs, keyRefused, seconds }: { atMs: number; nowMs: number; keyRefused: boolean; seconds: number },
): End => {
  const isBadDay = Math.floor(atMs / DAY_MS) % 10 === 3;
  const isNew = keyRefused && nowMs - atMs < 20 * 60_000;
  const end = random.weighted({
    read: 60,
    delivered: 35,
    sent: 2,
    skipped: 4,
    unrouted: 0.3,
    rejected: 0.5,
    failed: isBadDay ? 9 : 0.1,
    parked: isBadDay ? 0.5 : 0,
    waiting: isNew ? 60 : 0,
  });
  const facts = soundOf(random, seconds);
  const fetchMs = random.between(300, 2500);
  if (end === 'unrouted' || end === 'rejected') {
    const reason = end === 'unrouted' ? 'no route for this recording' : 'not audio: text/html';
    const move: TimedMove = { afterMs: fetchMs, from: 'received', to: end, note: { reason } };
    return { ...(end === 'unrouted' && { unrouted: true as const }), moves: () => [move] };
  }
  return {
    moves: (memo, chat) => [
      {
        ...{ afterMs: fetchMs, from: 'received', to: 'stored' },
        set: {
          original: facts.original,
          fitting: facts.fitting,
          audio: { key: `audio/${memo}/run/${memo}.mp3`, ...facts.audio },
        },
      },
      ...sendingOf(random, end, { chat, nowMs }),
    ],
  };
};

const after = (afterMs: number, from: Move['from'], to: Move['to'], note: Move['note'] = {}): TimedMove => ({
  ...{ afterMs, from, to, note },
});

const FAILED = { attempt: 1, code: '404/2001', reason: 'there is no such chat, or it is not ours' };
const PARKED = { attempt: 1, reason: 'Linq gave no answer twice, and the chat does not list the memo' };
const REFUSED = 'Linq refuses our key';

const sendingOf = (random: Dice, end: string, { chat, nowMs }: { chat: string; nowMs: number }): TimedMove[] => {
  const set = { attempts: 1, chat };
  const begin: TimedMove = { ...after(random.between(50, 400), 'stored', 'sending', { attempt: 1 }), set };
  const [messageId, traceId] = [random.hex(32), random.hex(32)];
  const dueAt = new Date(nowMs + 10 * 60_000).toISOString();
  switch (end) {
    case 'skipped':
      return [after(80, 'stored', 'skipped', { reason: 'the recipient is on the suppression list: wrote STOP' })];
    case 'waiting':
      return [{ ...after(90, 'stored', 'stored', { reason: REFUSED }), set: { dueAt, waitingFor: 'us' } }];
    case 'failed':
      return [begin, after(700, 'sending', 'failed', { ...FAILED, traceId })];
    case 'parked':
      return [begin, after(45_000, 'sending', 'parked', PARKED)];
    default:
      return [
        begin,
        after(random.between(300, 900), 'sending', 'sent', { attempt: 1, code: '202', traceId, messageId }),
        ...(end === 'sent' ? [] : [after(random.between(700, 9000), 'sent', 'delivered')]),
        ...(end === 'read' ? [after(random.between(10_000, HOUR_MS), 'delivered', 'read')] : []),
      ];
  }
};

const soundOf = (random: Dice, seconds: number) => {
  const waveform = Array.from({ length: 160 }, (_, index) =>
    Math.round(Math.abs(Math.sin(index / 9)) * 60 + random.between(0, 38)),
  );
  const facts = { type: 'audio/mpeg', codec: 'mp3', sampleRate: 16_000, channels: 1, seconds, bytes: seconds * 4000 };
  const passed = random.chance(0.7);
  return {
    original: passed ? facts : { ...facts, type: 'audio/wav', codec: 'pcm_s16le', bytes: seconds * 32_000 },
    fitting: { done: passed ? ('passed' as const) : ('converted' as const), ms: random.between(10, 900) },
    audio: { ...facts, ...(passed ? {} : { waveform }) },
  };
};
