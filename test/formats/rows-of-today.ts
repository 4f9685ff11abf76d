import { dynamodbKeyValueStore } from '../../functions/adapters/key-value-store.dynamodb.ts';
import {
  chatKey,
  dayFiguresKey,
  dayKey,
  erasedPartsKey,
  erasureKey,
  fetchedKey,
  LINQ_TOKENS_KEY,
  lineKey,
  onceKey,
  PAYLOADS_ERASED_KEY,
  payloadKey,
  payloadSlotKey,
  personKey,
  placeKey,
  repliedKey,
  requestKey,
  signedOutKey,
  subjectOf,
  suppressionKey,
  traceKey,
  waitKey,
} from '../../functions/core/model/keys.ts';
import { memoId, partId } from '../../functions/core/model/memo.ts';
import type { Recording } from '../../functions/core/model/recording.ts';
import { DAY_MS } from '../../functions/core/model/timing.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import type { DynamodbHome } from '../fakes/dynamodb.ts';

// A world in which nothing is left to chance: the rows that this code writes for it are the format.

const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const MESSAGE = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const ATTACHMENT = '7ba7b810-9dad-41d1-80b4-00c04fd430c8';
const KEEP_MS = 30 * DAY_MS;
export const target = { line: '+12025550100', handle: '+14155550101' } as const;
export const recording: Recording = {
  source: 'twilio',
  id: 'RE1',
  callId: 'CA1',
  from: '+14155550101',
  to: '+12025550100',
  direction: 'inbound',
  durationSeconds: 24,
  media: { kind: 'url', url: 'https://api.twilio.com/RE1.mp3' },
  reference: { account: 'AC1' },
};

/** Writes a row of each kind. @returns the rows by their kinds, as the table has them */
export const rowsOfToday = async (home: DynamodbHome): Promise<Record<string, unknown>> => {
  const clock = manualClock('2026-11-30T10:00:00.000Z');
  const ledger = home.ledger(clock);
  const keyValues = dynamodbKeyValueStore(home.documents, { table: home.table, clock });
  const open = async (id: string, source = recording) => {
    await ledger.open({ id, state: 'received', recording: source, target, receivedAt: '2026-11-30T09:59:59.000Z' });
    clock.advance(1000);
    return id;
  };
  const idOf = (name: string) => memoId({ source: 'twilio', id: name }, target);
  const facts = { type: 'audio/mpeg', codec: 'mp3', sampleRate: 8000, channels: 1, seconds: 24, bytes: 95_672 };
  const stored = async (id: string) => {
    await open(id);
    await ledger.move(id, {
      ...{ from: 'received', to: 'stored' },
      set: {
        original: facts,
        fitting: { done: 'converted', reason: 'too large', notes: ['it ends early'], engine: 'built-in', ms: 12 },
        audio: { ...facts, key: `audio/${id}/run/${id}.mp3`, waveform: [1, 50, 99] },
        part: { number: 1, of: 2 },
        laterParts: [{ ...facts, key: `audio/${id}/run/${partId(id, 2)}.mp3` }],
      },
    });
    clock.advance(1000);
    return id;
  };
  const sending = async (id: string) => {
    await stored(id);
    const attemptedAt = clock.iso();
    const set = { attempts: 1, token: 'token-1', chat: CHAT, attemptedAt };
    await ledger.move(id, { from: 'stored', to: 'sending', set, note: { attempt: 1 } });
    clock.advance(1000);
    return id;
  };
  const received = await open(idOf('received'));
  const waiting = await stored(idOf('waiting'));
  await ledger.move(waiting, {
    ...{ from: 'stored', to: 'stored', note: { reason: 'Linq refuses our key (401/*)', code: '401/2002' } },
    set: {
      ...{ dueAt: '2026-11-30T10:05:00.000Z', waitingFor: 'us', ownFaultSince: '2026-11-30T10:00:30.000Z' },
      ...{ waitingSince: '2026-11-30T10:00:20.000Z', pausedAt: '2026-11-30T10:00:25.000Z', cannotFetch: 1 },
      ...{ lookedUpAgain: true, uploaded: ATTACHMENT },
    },
  });
  const inSending = await sending(idOf('sending'));
  const unknown = await sending(idOf('unknown'));
  await ledger.move(unknown, {
    ...{ from: 'sending', to: 'unknown', note: { reason: 'Linq timed out', attempt: 1 }, clear: ['token'] },
    set: { unknowns: 1, unknownSince: clock.iso(), dueAt: '2026-11-30T10:10:00.000Z' },
  });
  const sent = await sending(idOf('sent'));
  const linq = { messageId: MESSAGE, attachmentId: ATTACHMENT };
  await ledger.move(sent, {
    ...{ from: 'sending', to: 'sent', set: { linq, earlierMessages: ['earlier'] }, clear: ['token'] },
    note: { attempt: 1, code: '202', traceId: 'trace-1', messageId: MESSAGE },
  });
  await ledger.addReceipt({ messageId: MESSAGE, memo: sent, chat: CHAT, sent: clock.iso() });
  await ledger.addReceipt({ messageId: MESSAGE, delivered: clock.iso(), read: clock.iso() });
  await ledger.addReceipt({ messageId: 'failed', memo: sent, failed: clock.iso(), reason: '3004: not delivered' });
  const failed = await stored(idOf('failed'));
  const deadLetter = JSON.stringify({ v: 1, memo: failed, generation: 0 });
  await ledger.move(failed, { from: 'stored', to: 'failed', set: { deadLetter }, note: { reason: 'given up' } });
  const replayed = await stored(idOf('replayed'));
  await ledger.move(replayed, { from: 'stored', to: 'failed', note: { reason: 'given up' } });
  await ledger.move(replayed, { from: 'failed', to: 'stored', generation: 1, note: { reason: 'replayed' } });
  const unrouted = memoId({ source: 'twilio', id: 'unrouted' }, undefined);
  await ledger.open({ id: unrouted, state: 'unrouted', recording: { ...recording, media: { kind: 'ask' } } });
  const tombstone = await open(idOf('tombstone'));
  await ledger.leaveTombstone(tombstone);
  const [once, request] = [onceKey(recording, CHAT), requestKey(received)];
  await ledger.claim(once, sent);
  await ledger.claim(request, 'hash of the request');

  const subject = subjectOf({ phone: target.handle });
  const entries: Record<string, [string, Record<string, string>]> = {
    chat: [chatKey(target), { chat: CHAT }],
    person: [personKey(CHAT), { person: subject }],
    'stop by hand': [suppressionKey('hand', subject), { reason: 'by hand', since: clock.iso() }],
    'last reply': [repliedKey(subject), { at: clock.iso() }],
    line: [lineKey(target.line), { status: 'ACTIVE', at: clock.iso() }],
    'erasure of a person': [erasureKey({ phone: target.handle }), { at: clock.iso() }],
    'erasure of a call': [erasureKey({ call: 'CA1' }), { at: clock.iso() }],
    'erasure of a recording': [erasureKey({ recording: received }), { at: clock.iso() }],
    'erasure of a call with parts': [erasedPartsKey(received), { parts: '2' }],
    wait: [waitKey(target), { memo: waiting, dueAt: clock.iso(), reason: 'Linq refuses our key' }],
    'broken download': [fetchedKey(received), { key: `inbox/${received}/run/kept` }],
    trace: [traceKey('twilio'), { id: 'trace-1', refused: '{"today":1}' }],
    'figures of a day': [dayFiguresKey('2026-11-29'), { figures: '{"memos":1}' }],
    'payload of a memo': [payloadKey(received), { text: '{"number":"+1 ••• ••• 0101"}' }],
    'payload without a memo': [payloadSlotKey(7), { id: 'trace-1', text: '{}' }],
    'last erasure of payloads': [PAYLOADS_ERASED_KEY, { at: clock.iso() }],
    'session signed out': [signedOutKey('session-1'), { at: clock.iso() }],
    'tokens of Linq': [LINQ_TOKENS_KEY, { 'token-1': '2026-12-31T00:00:00Z' }],
  };
  for (const [key, values] of Object.values(entries)) await keyValues.write(key, values, KEEP_MS);
  const [place, day] = [placeKey('slow', 1), dayKey(CHAT, '2026-11-30')];
  await keyValues.take(place, 'run-1', 60_000);
  await keyValues.join(day, sent, 3, 2 * DAY_MS);

  const keys: Record<string, string> = {
    ...{ received, waiting, sending: inSending, unknown, sent, failed, replayed, unrouted, tombstone, once, request },
    ...{ receipt: `receipt#${MESSAGE}`, 'receipt of a failure': 'receipt#failed' },
    ...{ 'messages of a memo': `message-ids#${sent}`, place, 'memos of a day': day },
    ...Object.fromEntries(Object.entries(entries).map(([kind, [key]]) => [kind, key])),
  };
  const rows = await Promise.all(
    Object.entries(keys).map(async ([kind, key]) => [kind, await home.item(key)] as const),
  );
  return JSON.parse(JSON.stringify(Object.fromEntries(rows), sets));
};

/** A set of strings, as JSON. */
const sets = (_: string, value: unknown) => (value instanceof Set ? { set: [...value].sort() } : value);
