import { expect, test } from 'vitest';
import type { RecordingMessage } from '../../../functions/core/model/messages.ts';
import { acceptEvent } from '../../../functions/core/receive/accept-event.ts';
import { inspectPayload } from '../../../functions/core/receive/inspect-payload.ts';
import { CHAT } from '../../fakes/examples.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { memorySecrets } from '../../fakes/secrets.memory.ts';
import { sourcesOf } from '../../fakes/source.scripted.ts';
import { NOW_SECONDS, STANDARD_SECRET, signedSources, standardEvent } from '../../http/receiving.ts';

const NUMBER = '+14155550101';
const prepare = (chats: number, inspect: boolean) => {
  const secrets = memorySecrets({ STANDARD_WEBHOOKS_SECRET: [STANDARD_SECRET], TWILIO_AUTH_TOKEN: ['unused-token'] });
  const [queued, log] = [[] as RecordingMessage[], memoryLog()];
  const send = Array.from({ length: chats }, (_, at) => ({ chat: CHAT.slice(0, -2) + String(10 + at) }));
  const accept = acceptEvent({
    sources: sourcesOf(signedSources()),
    routes: [{ when: {}, send }],
    recordings: { send: async (messages) => void queued.push(...messages) },
    inbox: { put: async () => {} },
    inboxId: () => 'inline',
    secrets,
    clock: { nowMs: () => NOW_SECONDS * 1000 },
    log,
    ...(inspect && { inspect: inspectPayload({ secrets, log }) }),
  });
  const event = standardEvent({ id: 'rec_1', recording_url: 'https://cdn.example.com/1.mp3?sig=1', from: NUMBER });
  return { queued, accept: () => accept('standard-webhooks', event) };
};

test('each memo of an accepted webhook carries the masked payload, in the message that is sent anyway', async () => {
  const { queued, accept } = prepare(2, true);
  expect(await accept()).toMatchObject({ kind: 'accepted' });
  expect(queued.map(({ payload }) => payload)).toEqual([
    expect.stringContaining('rec_1'),
    expect.stringContaining('rec_1'),
  ]);
  expect(queued[0]?.payload).not.toMatch(/4155550101|sig=1/);
});

test('an event with many memos leaves none, and neither does a bridge that does not inspect', async () => {
  for (const { queued, accept } of [prepare(6, true), prepare(1, false)]) {
    await accept();
    for (const message of queued) expect(message).not.toHaveProperty('payload');
  }
});

test('a payload that cannot be masked costs no webhook', async () => {
  const log = memoryLog();
  const secrets = { read: () => Promise.reject(new Error('SSM is away')) };
  const [source] = Object.values(signedSources());
  if (!source) throw new Error('there is no source');
  const request = { method: 'POST', url: 'https://a.example/hooks/x', headers: {}, body: new Uint8Array() };
  expect(await inspectPayload({ secrets, log })(source, request)).toBeUndefined();
  expect(log.entries).toMatchObject([{ level: 'warn' }]);
});
