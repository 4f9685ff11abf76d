import { describe, expect, test } from 'vitest';
import type { Fetched } from '../../../functions/core/ports/ports.ts';
import { s3Drop } from '../../../functions/sources/s3-drop.ts';
import { aMessage, aRecording, CHAT } from '../../fakes/examples.ts';
import { storeStep } from '../../fakes/store-step.ts';

const HOUR = 60 * 60_000;
const media = { kind: 'object' as const, bucket: 'acme-calls', key: 'calls/7.wav' };
const dropped = aMessage({ target: 'ask', recording: { ...aRecording(), media } });
const NOT_THERE = { kind: 'not-yet', reason: 'the source answered 404' } as const;
const SAYS_CHAT = { kind: 'fetched', value: { chat: CHAT } } as const;
const step = (answers: readonly Fetched<unknown>[], more: Parameters<typeof storeStep>[0] = {}) =>
  storeStep({ source: s3Drop({ facts: 'sidecar' }), answers, ...more });

describe('the JSON beside a recording', () => {
  test('may come after the recording: the recording waits for it, and goes to the chat that it names', async () => {
    const { keepRunning, memo, recordings } = step([NOT_THERE, NOT_THERE, SAYS_CHAT]);
    expect(await keepRunning(dropped)).toBeGreaterThan(0);
    expect(await memo()).toMatchObject({ state: 'stored' });
    expect(recordings.fetched.filter((url) => url === 's3://acme-calls/calls/7.wav.json')).toHaveLength(3);
  });

  test('that never comes is waited for for a day; then the routes decide', async () => {
    const routes = [{ when: {}, send: { chat: CHAT } }];
    const { keepRunning, memo } = step([NOT_THERE], { routes });
    const waited = await keepRunning(dropped);
    expect(waited).toBeGreaterThanOrEqual(24 * HOUR);
    expect(waited).toBeLessThan(26 * HOUR);
    expect(await memo()).toMatchObject({ state: 'stored' });
  });

  test.each([
    ['is too large', 'too large: 50000000 bytes'],
    ['is no JSON', 'the object holds no JSON'],
    ['says nothing', 'the object does not say'],
  ])('that %s is not asked for again, and the row and the log say why the recording has no chat', async (_, why) => {
    const { run, unrouted, log, recordings } = step([{ kind: 'rejected', reason: why }]);
    expect(await run(dropped)).toMatchObject({ kind: 'done' });
    expect(recordings.fetched.filter((url) => url.endsWith('.json'))).toHaveLength(1);
    const reason = `no route for this recording; who called whom: ${why}`;
    expect(await unrouted()).toMatchObject({ state: 'unrouted', reason });
    expect(log.entries.find(({ message }) => message === 'routed')?.facts).toMatchObject({
      outcome: 'unrouted',
      reason: `who called whom: ${why}`,
    });
  });
});
