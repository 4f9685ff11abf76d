import type { Target } from '../../functions/core/model/memo.ts';
import type { RecordingMessage } from '../../functions/core/model/messages.ts';
import type { Recording } from '../../functions/core/model/recording.ts';

export const CHAT = '550e8400-e29b-41d4-a716-446655440000';
export const OTHER_CHAT = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
export const MEDIA_URL = 'https://media.example/calls/1.mp3?sig=s3cret';

export const aRecording = (over: Partial<Recording> = {}): Recording => ({
  source: 'acme',
  id: 'RE1',
  media: { kind: 'url', url: MEDIA_URL },
  ...over,
});

/** A message without a target: no route matches the recording. */
export const anUnrouted = (over: Partial<Omit<RecordingMessage, 'target'>> = {}): RecordingMessage => {
  const { target: _none, ...rest } = aMessage();
  return { ...rest, ...over };
};

/** The messages on the queue for one recording with several targets. */
export const messagesTo = (targets: readonly Target[], over: Partial<RecordingMessage> = {}): RecordingMessage[] =>
  targets.map((target) => aMessage({ ...over, target }));

export const aMessage = (over: Partial<RecordingMessage> = {}): RecordingMessage => ({
  v: 1,
  recording: aRecording(),
  target: { chat: CHAT },
  receivedAt: '2026-03-04T05:06:07.000Z',
  ...over,
});
