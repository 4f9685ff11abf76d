import { describe, expect, test } from 'vitest';
import { objectIn } from '../../functions/core/source/object-url.ts';
import { s3Drop } from '../../functions/sources/s3-drop.ts';
import { loadObjectFixtures, objectSourceContract } from '../contracts/object-source.ts';

const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const key = /(?<call>[\w-]+)_(?<from>\+\d+)_(?<to>\+\d+)_(?<direction>inbound|outbound)\.(?:wav|mp3)$/g;
const source = s3Drop({ key, facts: 'metadata' });

objectSourceContract({
  source,
  fixtures: loadObjectFixtures('s3-drop'),
  retries: [
    ['dropped', 'dropped-again'],
    ['dropped', 'dropped'],
  ],
  others: [['dropped', 'another']],
});

const classified = (text: string, options: Parameters<typeof s3Drop>[0] = {}) =>
  s3Drop(options).classifyObject?.({ bucket: 'acme-calls', key: text }, 'drop');

describe('without a pattern', () => {
  test('every object is a recording, and JSON beside it is none', () => {
    expect(classified('calls/a')).toMatchObject({ kind: 'recordings', recordings: [{ source: 'drop' }] });
    expect(classified('calls/a.JSON')).toMatchObject({ kind: 'ignored' });
  });

  test('nobody is asked, unless the facts stand elsewhere', () => {
    const recording = { source: 'drop', id: '1', media: { kind: 'object' as const, bucket: 'b', key: 'k' } };
    expect(s3Drop().lookUpParties).toBeUndefined();
    expect(s3Drop({ facts: 'metadata' }).lookUpParties?.({ ...recording, media: { kind: 'ask' } })).toBeUndefined();
  });
});

test('the key may name the chat; a chat that is no UUID makes the object unreadable, and goes to no other chat', () => {
  const options = { key: /calls\/(?<chat>[^/]+)\// };
  expect(classified(`calls/${CHAT}/a.wav`, options)).toMatchObject({ recordings: [{ chat: CHAT }] });
  expect(classified('calls/ann/a.wav', options)).toEqual({ kind: 'unreadable', reason: 'chat in its key is no UUID' });
});

describe('the facts', () => {
  const media = { kind: 'object' as const, bucket: 'acme-calls', key: 'calls/a b+c:d/é?#.wav' };
  const recording = { source: 'drop', id: '1', media };

  test('of the metadata are asked for at the object itself, and may name the chat', () => {
    const question = s3Drop({ facts: 'metadata' }).lookUpParties?.(recording);
    expect(question).toMatchObject({ metadata: true, mayNameChat: true });
    expect(objectIn(question?.url ?? '')).toEqual({ bucket: media.bucket, key: media.key });
    expect(question?.read({ from: '+12025550101', to: ' ', chat: CHAT, other: 'x' })).toEqual({
      from: '+12025550101',
      chat: CHAT,
    });
  });

  test('of the JSON beside the object are asked for under its key and .json', () => {
    const question = s3Drop({ facts: 'sidecar' }).lookUpParties?.(recording);
    expect(question?.metadata).toBeUndefined();
    expect(objectIn(question?.url ?? '')).toEqual({ bucket: media.bucket, key: `${media.key}.json` });
    expect(question?.read({ direction: 'outbound', chat: 'ann', to: 7 })).toEqual({ direction: 'outbound' });
    expect(question?.read('text')).toBeUndefined();
  });
});
