import { describe, expect, test } from 'vitest';
import { memoId } from '../../../functions/core/model/memo.ts';
import { aMessage, anUnrouted, aRecording, CHAT, MEDIA_URL, messagesTo, OTHER_CHAT } from '../../fakes/examples.ts';
import { asksWhoCalled, scriptedSource } from '../../fakes/source.scripted.ts';
import { AUDIO, queuedFor, storeStep } from '../../fakes/store-step.ts';

const BOTH = [{ chat: CHAT }, { chat: OTHER_CHAT }];

describe('a recording with a target', () => {
  test('is stored under the id of its memo, as what it is, and the next queue has it', async () => {
    const { run, memo, audio, queue } = storeStep();
    expect(await run()).toEqual({ kind: 'done', outcome: 'stored' });

    const row = await memo();
    const id = memoId(aRecording(), { chat: CHAT });
    expect(row).toMatchObject({ id, state: 'stored', generation: 0, attempts: 0, target: { chat: CHAT } });
    expect(row?.audio).toEqual({ key: expect.any(String), type: 'audio/mpeg', bytes: AUDIO.length });
    expect(row?.audio?.key).toMatch(new RegExp(`^audio/${id}/[^/]+/${id}\\.mp3$`));
    expect(audio.objects.get(row?.audio?.key ?? '')).toEqual({ bytes: AUDIO, type: 'audio/mpeg' });
    expect(queue.messages).toEqual([queuedFor(CHAT)]);
  });

  test('has its row before anything is fetched', async () => {
    const { run, memo } = storeStep({ downloads: [{ kind: 'not-yet', reason: 'the source answered 404' }] });
    await run();
    expect(await memo()).toMatchObject({ state: 'received', recording: aRecording() });
  });

  test('says in its row what came, and what was done to it', async () => {
    const { run, memo } = storeStep();
    await run();
    const original = { type: 'audio/mpeg', bytes: AUDIO.length };
    expect(await memo()).toMatchObject({ original, fitting: { done: 'passed', ms: 7 } });
  });

  test('that was made into something else is sent as that', async () => {
    const { run, memo, audio } = storeStep({ fitted: { kind: 'made', parts: ['the same, smaller'] } });
    await run();
    const row = await memo();
    const made = { type: 'audio/mpeg', bytes: 17, seconds: 17, waveform: [1, 2, 3] };
    expect(row).toMatchObject({ state: 'stored', audio: made, fitting: { done: 'converted', reason: 'for the test' } });
    expect(row?.audio?.key).toMatch(new RegExp(`^audio/${row?.id}/[^/]+/${row?.id}\\.mp3$`));
    expect(audio.objects.get(row?.audio?.key ?? '')?.bytes.toString()).toBe('the same, smaller');
    expect(row).not.toHaveProperty('part');
  });

  test('keeps the true extension whatever its URL says', async () => {
    const { run, memo } = storeStep({ fitted: { kind: 'as-it-is', extension: 'wav', type: 'audio/wav' } });
    await run();
    expect((await memo())?.audio).toMatchObject({ key: expect.stringMatching(/\.wav$/), type: 'audio/wav' });
  });

  test('leaves no address, number or key of its own in the log and in the names of objects', async () => {
    const { run, log, audio } = storeStep();
    const recording = aRecording({ from: '+12052535597', callId: 'CA-private' });
    await run(aMessage({ recording }));
    const names = [...audio.objects.keys()].join();
    expect(log.entries).not.toEqual([]);
    for (const secret of ['2052535597', 'CA-private', 'RE1', 's3cret', 'media.example']) {
      expect(log.text() + names).not.toContain(secret);
    }
  });
});

describe('a recording with several targets', () => {
  test('is fetched and stored for each, under a key of its own that ends in its memo', async () => {
    const { run, memo, queue } = storeStep();
    for (const message of messagesTo(BOTH)) await run(message);
    for (const target of BOTH) {
      const row = await memo(target);
      expect(row).toMatchObject({ state: 'stored', target });
      expect(row?.audio?.key.split('/').at(-1)).toBe(`${row?.id}.mp3`);
    }
    expect(queue.messages).toEqual([queuedFor(CHAT), queuedFor(OTHER_CHAT)]);
  });
});

describe('a recording without a target', () => {
  test('is stored as unrouted with the reason, and goes no further', async () => {
    const { run, unrouted, queue } = storeStep();
    await run(anUnrouted());
    const row = await unrouted();
    expect(row).toMatchObject({ state: 'unrouted', reason: 'no route for this recording' });
    expect(row?.audio).toMatchObject({ bytes: AUDIO.length });
    expect(row).not.toHaveProperty('target');
    expect(queue.messages).toEqual([]);
  });

  test('says so where a route fits that has nobody to send it to', async () => {
    const { run, unrouted } = storeStep();
    await run(anUnrouted({ noTarget: 'the event does not say who was at the other end of the call' }));
    expect(await unrouted()).toMatchObject({ reason: 'the event does not say who was at the other end of the call' });
  });

  test('and so after its source was asked in vain', async () => {
    const source = scriptedSource(
      { kind: 'ignored', reason: '' },
      { lookUpParties: asksWhoCalled('https://api.example/1') },
    );
    const send = { line: '+12052535597', handle: 'remote party' };
    const { run, unrouted } = storeStep({
      source,
      routes: [{ when: {}, send }],
      answers: [{ kind: 'rejected', reason: 'the source does not say' }],
    });
    await run(aMessage({ target: 'ask' }));
    expect(await unrouted()).toMatchObject({ reason: expect.stringContaining('does not say who') });
  });
});

describe('a second delivery', () => {
  test('after the row was stored fetches nothing and enqueues again', async () => {
    const { run, memo, queue, recordings, clock } = storeStep();
    await run();
    const stored = await memo();
    clock.advance(6 * 60_000); // the queue's deduplication has forgotten the first message
    await run(undefined, { receives: 2 });
    expect(await memo()).toEqual(stored);
    expect(recordings.fetched).toEqual([MEDIA_URL]);
    expect(queue.messages).toEqual([queuedFor(CHAT), queuedFor(CHAT)]);
  });

  test('after the memo was sent enqueues nothing', async () => {
    const { run, memo, queue, ledger, clock } = storeStep();
    await run();
    const id = (await memo())?.id ?? '';
    await ledger.move(id, { from: 'stored', to: 'sending' });
    clock.advance(6 * 60_000);
    await run();
    expect(queue.messages).toHaveLength(1);
  });

  test('at the same time keeps the key of whoever was first, and its audio', async () => {
    const { run, memo, audio, queue } = storeStep();
    await Promise.all([run(), run()]);
    const row = await memo();
    expect(row?.history.filter(({ state }) => state === 'stored')).toHaveLength(1);
    expect(audio.objects.get(row?.audio?.key ?? '')?.bytes).toEqual(AUDIO);
    const keys = [...audio.objects.keys()].filter((key) => key.startsWith('audio/'));
    expect(new Set(keys).size).toBe(2); // no run overwrites an object that Linq may be fetching
    expect(queue.messages).toEqual([queuedFor(CHAT)]);
  });
});

describe('a recording whose parties only its source knows', () => {
  const URL = 'https://api.example/calls/1';
  const source = scriptedSource({ kind: 'ignored', reason: '' }, { lookUpParties: asksWhoCalled(URL) });
  const routes = [{ when: { to: '+13055550100' }, send: { chat: CHAT } }];
  const ask = aMessage({ target: 'ask' });

  test('is routed by what the source answers, and its row says it', async () => {
    const parties = { from: '+12052535597', to: '+13055550100', direction: 'inbound' };
    const { run, memo, queue, recordings } = storeStep({
      source,
      routes,
      answers: [{ kind: 'fetched', value: parties }],
    });
    await run(ask);
    expect(recordings.fetched).toEqual([URL, MEDIA_URL]);
    expect(await memo()).toMatchObject({ state: 'stored', recording: parties });
    expect(queue.messages).toEqual([queuedFor(CHAT)]);
  });

  test.each([
    ['names another number', { kind: 'fetched', value: { to: '+19999999999' } }],
    ['will not say', { kind: 'rejected', reason: 'gone' }],
  ] as const)('is kept as unrouted where the source %s', async (_, answer) => {
    const { run, unrouted, queue } = storeStep({ source, routes, answers: [answer] });
    await run(ask);
    expect(await unrouted()).toMatchObject({ state: 'unrouted' });
    expect(queue.messages).toEqual([]);
  });

  test.each(['trouble', 'not-yet'] as const)(
    'waits as long as the source has %s, and makes no row meanwhile',
    async (kind) => {
      const answer = { kind, reason: 'the source answered 503', retryAfterMs: 90_000 };
      const { run, unrouted, memo, clock, recordings } = storeStep({ source, routes, answers: [answer] });
      clock.advance(23 * 60 * 60_000);
      const reason = 'who called whom: the source answered 503';
      expect(await run(ask)).toEqual({ kind: 'later', delayMs: 90_000, reason });
      expect(await unrouted()).toBeUndefined();
      expect(await memo()).toBeUndefined();
      expect(recordings.fetched).toEqual([URL]);
    },
  );

  test('waits for a source that is not in the configuration, and is not taken for unrouted', async () => {
    const { run, sources, unrouted, memo } = storeStep({
      source,
      routes,
      answers: [{ kind: 'fetched', value: { to: '+13055550100' } }],
    });
    delete sources.acme;
    expect(await run(ask)).toMatchObject({ kind: 'later', reason: 'who called whom: the source acme is off' });
    sources.acme = source;
    await run(ask);
    expect(await unrouted()).toBeUndefined();
    expect(await memo()).toMatchObject({ state: 'stored' });
  });

  test('is kept as unrouted once the source has been in trouble for a day', async () => {
    const { run, unrouted, clock } = storeStep({ source, routes, answers: [{ kind: 'trouble', reason: 'down' }] });
    clock.advance(24 * 60 * 60_000);
    await run(ask);
    expect(await unrouted()).toMatchObject({ state: 'unrouted' });
  });
});
