import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodbKeyValueStore } from '../../functions/adapters/key-value-store.dynamodb.ts';
import { dynamodbLedger } from '../../functions/adapters/ledger.dynamodb.ts';
import { memoId } from '../../functions/core/model/memo.ts';
import { HOUR_MS, isoTime } from '../../functions/core/model/timing.ts';
import type { Move } from '../../functions/core/ports/ports.ts';
import { recordTrace } from '../../functions/core/store/record-trace.ts';
import { type Dice, dice, seedFor } from '../chaos/seeded.ts';
import { type Cloud, urlOf } from '../cloud/cloud-file.ts';
import { REGION, TABLE } from '../cloud/resources.ts';
import { endOf } from './ends.ts';

export interface FillOptions {
  memos: number;
  days: number;
  /** The end of the days. */
  nowMs: number;
  seed?: number;
  /** Whether the newest memos wait, because Linq refuses the key. @default true */
  keyRefused?: boolean;
}

const SOURCES = { twilio: 10, 'zoom-phone': 6, retell: 5, dialpad: 4, vonage: 2, callrail: 1 };
/** The weights of the hours of a day, in UTC: office hours. */
const HOURS = [0, 0, 0, 0, 0, 0, 1, 3, 7, 10, 11, 9, 6, 8, 10, 10, 8, 5, 3, 2, 1, 1, 0, 0];
/** The weights of the days of a week, Sunday first. */
const WEEK = [1, 9, 10, 10, 9, 8, 2];
const REFUSED_MS = 41 * 60_000;
/** Requests at once: the emulator answers one after the other. */
const AT_ONCE = 16;

/**
 * Fills the table of a running local cloud with the memos of some weeks, as the ledger itself writes them: office hours, quiet weekends,
 * a bad day, all ends. The audio files are absent. Also leaves traces: Zoom's webhooks are refused since noon.
 */
export const fillDays = async (
  cloud: Cloud,
  { memos, days, nowMs, seed = 1, keyRefused = true }: FillOptions,
): Promise<void> => {
  const endpoint = urlOf(cloud, 'dynamodb');
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: { ...cloud.credentials } });
  const documents = DynamoDBDocumentClient.from(client);
  try {
    const calls = callsOf({ memos, days, nowMs, seed });
    const make = () => makeNext(documents, calls, { nowMs, keyRefused });
    await Promise.all(Array.from({ length: AT_ONCE }, make));
    await leaveTraces(documents, nowMs);
  } finally {
    documents.destroy();
    client.destroy();
  }
};

type End = Required<Pick<FillOptions, 'nowMs' | 'keyRefused'>>;

interface Call {
  number: number;
  atMs: number;
  random: Dice;
}

/** The calls, by the weights of their hours and days. */
const callsOf = ({ memos, days, nowMs, seed }: Required<Omit<FillOptions, 'keyRefused'>>): Call[] => {
  const hours = Array.from({ length: days * 24 }, (_, ago) => Math.floor(nowMs / HOUR_MS - ago) * HOUR_MS);
  const weights = Object.fromEntries(
    hours.map((ms) => [ms, (HOURS[new Date(ms).getUTCHours()] ?? 0) * (WEEK[new Date(ms).getUTCDay()] ?? 0)]),
  );
  return Array.from({ length: memos }, (_, number) => {
    const random = dice(seedFor(seed, 'call', number));
    const atMs = Number(random.weighted(weights)) + random.between(0, 3_599_999);
    return { number, atMs: Math.min(atMs, nowMs - 20_000), random };
  });
};

const makeNext = async (documents: DynamoDBDocumentClient, calls: Call[], end: End): Promise<void> => {
  for (let call = calls.pop(); call; call = calls.pop()) await makeMemo(documents, call, end);
};

const makeMemo = async (
  documents: DynamoDBDocumentClient,
  { number, atMs, random }: Call,
  { nowMs, keyRefused }: End,
) => {
  const time = { ms: atMs };
  const ledger = dynamodbLedger(documents, { table: TABLE, clock: { nowMs: () => time.ms } });
  const isOff = nowMs - atMs < REFUSED_MS; // Zoom's webhooks are refused
  const source = random.weighted(isOff ? { ...SOURCES, 'zoom-phone': 0 } : SOURCES);
  const digits = () => `+1415555${String(random.between(100, 9999)).padStart(4, '0')}`;
  const recording = {
    source,
    id: `RE${random.hex(12)}${number}`,
    callId: `CA${random.hex(10)}`,
    from: digits(),
    to: '+14155550199',
    direction: 'inbound' as const,
    durationSeconds: random.between(12, 900),
    media: { kind: 'ask' as const },
  };
  const end = endOf(random, { atMs, nowMs, keyRefused, seconds: recording.durationSeconds });
  const target = { chat: chatOf(random.between(1, 40)) };
  const id = memoId(recording, target);
  const receivedAt = isoTime(atMs);
  const state = 'received';
  await ledger.open({ id, state, recording, receivedAt, ...(end.unrouted ? {} : { target }) });
  for (const { afterMs, ...move } of end.moves(id, target.chat)) {
    time.ms += afterMs;
    if (time.ms < nowMs) await ledger.move(id, move satisfies Move);
  }
};

const chatOf = (number: number): string => `550e84${String(number).padStart(2, '0')}-e29b-41d4-a716-446655440000`;

const leaveTraces = async (documents: DynamoDBDocumentClient, nowMs: number): Promise<void> => {
  const keyValues = dynamodbKeyValueStore(documents, { table: TABLE, clock: { nowMs: () => nowMs } });
  const record = recordTrace(keyValues);
  const trace = (minutesAgo: number, rest: Omit<Parameters<typeof record>[0]['trace'], 'id' | 'at'>) =>
    record({ v: 2, trace: { id: randomUUID(), at: isoTime(nowMs - minutesAgo * 60_000), ...rest } });
  const refused = { source: 'zoom-phone', outcome: 'refused', reason: 'x-zm-signature does not match' } as const;
  await trace(REFUSED_MS / 60_000, { ...refused, count: 11 });
  await trace(2, { ...refused, count: 3 });
  await trace(8, { source: 'twilio', outcome: 'ignored', count: 26, reason: 'RecordingStatus is in-progress' });
};
