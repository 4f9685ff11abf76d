import { describe, expect, test } from 'vitest';
import { type MemoState, MOVES, STATES } from '../../../functions/core/model/memo.ts';
import { withOutcomeLogging } from '../../../functions/core/observe/with-outcome-logging.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryLedger } from '../../fakes/ledger.memory.ts';
import { memoryLog } from '../../fakes/log.memory.ts';

const world = async (state: MemoState, receivedAt?: string) => {
  const clock = manualClock();
  const log = memoryLog();
  const ledger = withOutcomeLogging(memoryLedger({ clock }), { step: 'send', clock, log });
  const at = receivedAt ?? new Date(clock.nowMs()).toISOString();
  await ledger.open({ id: 'm', state, recording: aRecording(), target: { chat: CHAT }, receivedAt: at });
  return { clock, log, ledger };
};

/** Each move of the state diagram into an end, or out of an end. */
const WAYS = STATES.flatMap((from) => MOVES[from].map((to) => [from, to] as const));
const LEVELS: Partial<Record<MemoState, string>> = {
  ...{ sent: 'info', delivered: 'info', read: 'info', skipped: 'info' },
  ...{ failed: 'warn', unrouted: 'warn', rejected: 'warn', parked: 'error' },
};

test.each(WAYS)('%s → %s is told once if it is an end, as loud as a person must hear it', async (from, to) => {
  const { log, ledger } = await world(from);
  await ledger.move('m', { from, to, note: { reason: 'for the test' } });
  const told = LEVELS[to] ? [{ level: LEVELS[to], facts: { step: 'send', memo: 'm', outcome: to } }] : [];
  expect(log.entries).toMatchObject(told);
  for (const { facts } of log.entries) expect(facts).toMatchObject({ source: 'acme', reason: 'for the test' });
});

test('a move that did not take place is not told', async () => {
  const { log, ledger } = await world('stored');
  expect(await ledger.move('m', { from: 'unknown', to: 'parked' })).toBeUndefined();
  expect(log.entries).toEqual([]);
});

test('facts that change within an end are not told', async () => {
  const { log, ledger } = await world('sent');
  await ledger.move('m', { from: 'sent', to: 'sent', set: { linq: { messageId: 'x' } } });
  expect(log.entries).toEqual([]);
});

describe('how long it took from webhook to sent', () => {
  test('is counted from the webhook, not from the row', async () => {
    const { clock, log, ledger } = await world('sending', new Date(manualClock().nowMs() - 60_000).toISOString());
    clock.advance(5000);
    await ledger.move('m', { from: 'sending', to: 'sent' });
    expect(log.entries[0]?.facts.ms).toBe(65_000);
  });

  test('is not said of a replay, which may come days later', async () => {
    const { log, ledger } = await world('failed');
    await ledger.move('m', { from: 'failed', to: 'stored', generation: 1 });
    await ledger.move('m', { from: 'stored', to: 'sending' });
    await ledger.move('m', { from: 'sending', to: 'sent' });
    expect(log.entries).toMatchObject([{ facts: { outcome: 'sent' } }]);
    expect(log.entries[0]?.facts).not.toHaveProperty('ms');
  });

  test.each(['failed', 'skipped'] as const)('is not said of what is %s', async (to) => {
    const { log, ledger } = await world('stored');
    await ledger.move('m', { from: 'stored', to });
    expect(log.entries[0]?.facts).not.toHaveProperty('ms');
  });
});
