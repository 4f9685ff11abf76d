import { s3AudioStore } from '../../functions/adapters/audio-store.s3.ts';
import { documentClient } from '../../functions/adapters/aws.dynamodb.ts';
import { s3Client } from '../../functions/adapters/aws.s3.ts';
import { systemClock } from '../../functions/adapters/clock.ts';
import { dynamodbKeyValueStore } from '../../functions/adapters/key-value-store.dynamodb.ts';
import { dynamodbLedger } from '../../functions/adapters/ledger.dynamodb.ts';
import { payloadKey } from '../../functions/core/model/keys.ts';
import type { MemoState } from '../../functions/core/model/memo.ts';
import { PAYLOADS } from '../../functions/core/model/payloads.ts';
import type { NewMemo } from '../../functions/core/ports/ports.ts';
import { BUCKET, TABLE } from '../../local/cloud/resources.ts';
import { CHAT } from '../fakes/examples.ts';

const FACTS = { type: 'audio/mpeg', codec: 'mp3', sampleRate: 16_000, channels: 1, seconds: 24, bytes: 1000 };
const MESSAGE = '6f1b3c52-0000-4000-8000-000000000001';

/**
 * Writes two memos of each kind through the real ledger, with their audio and the payload of their webhook: one to be read, with an id that ends in `a`,
 * and one to be erased, with an id that ends in `b`. schemathesis.toml has the same ids.
 */
export const writeMemos = async (): Promise<void> => {
  const ledger = dynamodbLedger(documentClient(), { table: TABLE, clock: systemClock, detailsMs: 30 * 86_400_000 });
  const keyValues = dynamodbKeyValueStore(documentClient(), { table: TABLE, clock: systemClock });
  const audio = s3AudioStore(s3Client(), { bucket: BUCKET });

  const open = async (name: string, end: string, state: NewMemo['state'] = 'received') => {
    const memo: NewMemo = {
      id: `m_${name.padEnd(25, 'a')}${end}`,
      state,
      recording: {
        ...{ source: 'twilio', id: name + end, callId: `call-${name}`, direction: 'inbound', durationSeconds: 24 },
        ...{ from: '+14155550101', to: '+14155550199', media: { kind: 'url', url: 'https://api.twilio.com/RE1.mp3' } },
      },
      ...(state !== 'unrouted' && { target: { chat: CHAT } }),
      inspected: true,
    };
    await ledger.open(memo);
    await keyValues.write(payloadKey(memo.id), { text: '{}' }, PAYLOADS.keepMs);
    return memo.id;
  };
  const stored = async (name: string, end: string) => {
    const id = await open(name, end);
    const key = `audio/${id}/run/${id}.mp3`;
    await audio.put(key, Buffer.alloc(FACTS.bytes));
    await ledger.move(id, {
      ...{ from: 'received', to: 'stored' },
      set: {
        original: FACTS,
        fitting: { done: 'passed', reason: 'Linq takes it as it is', ms: 12 },
        audio: { ...FACTS, key, waveform: [1, 50, 99] },
      },
    });
    return id;
  };
  const move = (id: string, from: MemoState, to: MemoState, reason?: string) =>
    ledger.move(id, { from, to, note: { attempt: 1, ...(reason && { reason }) } });

  for (const end of ['a', 'b']) {
    const sent = await stored('sent', end);
    await move(sent, 'stored', 'sending');
    await ledger.move(sent, {
      ...{ from: 'sending', to: 'sent', note: { attempt: 1, code: '202', traceId: 'trace', messageId: MESSAGE } },
      set: { linq: { messageId: MESSAGE, attachmentId: MESSAGE }, chat: CHAT },
    });
    await move(await stored('sending', end), 'stored', 'sending');
    const parked = await stored('parked', end);
    await move(parked, 'stored', 'sending');
    await move(parked, 'sending', 'unknown', 'Linq did not answer');
    await move(parked, 'unknown', 'parked', 'nobody can tell');
    await move(await stored('failed', end), 'stored', 'failed', 'given up');
    await move(await open('rejected', end), 'received', 'rejected', 'not audio');
    await open('unrouted', end, 'unrouted');
    await open('received', end);
  }
  await ledger.addReceipt({ messageId: MESSAGE, delivered: '2026-11-23T15:04:07.120Z' });
};
