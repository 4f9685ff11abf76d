import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deadLetterSchema,
  type MemoMessage,
  memoMessageSchema,
  type RecordingMessage,
  readMessage,
  recordingMessageSchema,
} from '../../../functions/core/model/messages.ts';
import { aMessage } from '../../fakes/examples.ts';

const text = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: 'binary' });
const name = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'abcXYZ019_') });
const optionalFacts = fc.record(
  {
    callId: text(64),
    from: text(32),
    to: text(32),
    direction: fc.constantFrom('inbound' as const, 'outbound' as const),
    durationSeconds: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    chat: fc.uuid(),
    reference: fc.dictionary(name, text(32)),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const media = fc.oneof(
  fc.webUrl({ withQueryParameters: true }).map((url) => ({ kind: 'url' as const, url })),
  text(32).map((key) => ({ kind: 'inbox' as const, key: `inbox/${key}` })),
);
const courtesies = {
  quietHours: fc.constant({ from: '21:00', until: '08:00', timeZone: 'America/New_York' }),
  maxPerDay: fc.integer({ min: 1, max: 100 }),
  minSeconds: fc.double({ min: 0, minExcluded: true, max: 3600, noNaN: true }),
};
const options = { requiredKeys: ['chat'] as ['chat'], noNullPrototype: true };
const target = fc.record({ chat: fc.uuid(), ...courtesies }, options);
const recordingMessages: fc.Arbitrary<RecordingMessage> = fc
  .record({
    facts: optionalFacts,
    source: text(64),
    id: text(64),
    media,
    target: fc.oneof(fc.constant('ask' as const), target, fc.constant(undefined)),
    at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
  })
  .map(({ facts, source, id, media, target, at }) => ({
    v: 1,
    recording: { ...facts, source, id, media },
    ...(target && { target }),
    receivedAt: at.toISOString(),
  }));
const memoMessages: fc.Arbitrary<MemoMessage> = fc
  .record({ memo: fc.string(), generation: fc.nat() })
  .map((facts) => ({ v: 1, ...facts }));

describe('what is sent is what is read', () => {
  test('of every recording message, by its step and from the dead-letter queue', () => {
    fc.assert(
      fc.property(recordingMessages, (message) => {
        const body = JSON.stringify(message);
        expect(readMessage(recordingMessageSchema, body)).toEqual({ kind: 'known', message });
        expect(readMessage(deadLetterSchema, body)).toEqual({ kind: 'known', message });
      }),
    );
  });

  test('of every memo message, by its step and from the dead-letter queue', () => {
    fc.assert(
      fc.property(memoMessages, (message) => {
        const body = JSON.stringify(message);
        expect(readMessage(memoMessageSchema, body)).toEqual({ kind: 'known', message });
        expect(readMessage(deadLetterSchema, body)).toEqual({ kind: 'known', message });
      }),
    );
  });
});

describe('what is not for us to read', () => {
  test.each([
    { v: 2, anything: 'else' },
    { ...aMessage(), v: 2 },
  ])('a message of a later version is known as one: %j', (message) => {
    for (const schema of [recordingMessageSchema, memoMessageSchema, deadLetterSchema]) {
      expect(readMessage<unknown>(schema, JSON.stringify(message))).toEqual({ kind: 'later-version' });
    }
  });

  test.each([
    '',
    'not JSON',
    'null',
    '[]',
    '"v"',
    '{}',
    '{"v":"2"}',
    '{"v":1.5}',
    '{"v":0}',
    '{"v":1,"memo":7,"generation":0}',
    '{"v":1,"memo":"m_a","generation":-1}',
    JSON.stringify({ ...aMessage(), receivedAt: 'yesterday' }),
    JSON.stringify({ ...aMessage(), target: { chat: 'no uuid' } }),
  ])('anything else is unreadable, and says why: %s', (body) => {
    for (const schema of [recordingMessageSchema, memoMessageSchema, deadLetterSchema]) {
      expect(readMessage<unknown>(schema, body)).toEqual({ kind: 'unreadable', reason: expect.stringMatching(/\S/) });
    }
  });

  test('why names the field', () => {
    const body = JSON.stringify({ ...aMessage(), receivedAt: 'yesterday' });
    expect(readMessage(recordingMessageSchema, body)).toMatchObject({ reason: expect.stringContaining('receivedAt') });
  });
});
