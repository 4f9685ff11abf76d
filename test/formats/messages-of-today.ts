import type * as z from 'zod';
import { memoId } from '../../functions/core/model/memo.ts';
import {
  linqErasureSchema,
  memoMessageSchema,
  recordingMessageSchema,
  writeMessage,
} from '../../functions/core/model/messages.ts';
import { webhookTraceSchema } from '../../functions/core/model/traces.ts';
import { recording, target } from './rows-of-today.ts';

const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const at = '2026-11-30T10:00:00.000Z';
const memo = memoId(recording, target);
const written = <T>(schema: z.ZodType<T>, messages: Record<string, T>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(messages).map(([kind, message]) => [kind, JSON.parse(writeMessage(schema, message))]),
  );

const quietHours = { from: '21:00', until: '08:00', timeZone: 'America/New_York' };
const { callId: _call, from: _from, to: _to, direction: _direction, durationSeconds: _seconds, ...unknown } = recording;

/** A message of each kind, as this code writes it, by the queue. */
export const messagesOfToday = () => ({
  'recordings.fifo': {
    ...written(recordingMessageSchema, {
      'to a person': { v: 1, recording, target: { ...target, create: 'Hello', maxPerDay: 3 }, receivedAt: at },
      'to a chat': { v: 1, recording, target: { chat: CHAT, quietHours, minSeconds: 5 }, receivedAt: at, late: true },
      unrouted: { v: 1, recording, receivedAt: at, noTarget: 'the call has no number to write to' },
      'to be asked': {
        ...{ v: 1, target: 'ask', receivedAt: at, notBefore: at },
        recording: { ...unknown, chat: CHAT, media: { kind: 'ask' } },
      },
      'in a bucket': {
        ...{ v: 1, target: { chat: CHAT }, receivedAt: at },
        recording: { ...recording, media: { kind: 'object', bucket: 'calls', key: 'a/1.mp3' } },
      },
      'with its payload': { v: 1, recording, target: { chat: CHAT }, receivedAt: at, payload: '{}' },
      uploaded: {
        ...{ v: 1, target: { chat: CHAT }, receivedAt: at },
        recording: { ...recording, media: { kind: 'inbox', key: `inbox/${memo}/upload` } },
      },
      replayed: { v: 1, recording, target, receivedAt: at, replay: { memo, generation: 1, routed: [memo] } },
    }),
    ...written(webhookTraceSchema, {
      trace: {
        v: 2,
        trace: { id: 'trace-1', source: 'twilio', outcome: 'refused', count: 1, at, reason: 'no signature' },
      },
      'trace with its payload': {
        v: 2,
        trace: {
          id: 'trace-2',
          source: 'twilio',
          outcome: 'ignored',
          count: 2,
          at,
          reason: 'a call began',
          payload: '{}',
        },
      },
    }),
  },
  'memos.fifo': {
    ...written(memoMessageSchema, {
      memo: { v: 1, memo, generation: 0 },
      forced: { v: 1, memo, generation: 2, force: true },
      anew: { v: 1, memo, generation: 1, anew: true },
    }),
    ...written(linqErasureSchema, {
      erasure: {
        v: 1,
        erase: { memo, attachments: ['A1'], messages: ['M1'], look: { chat: CHAT, since: at, attemptedAt: at } },
      },
    }),
  },
});
