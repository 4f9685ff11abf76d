import { describe, expect, test } from 'vitest';
import { inboxOf, memoId } from '../../../functions/core/model/memo.ts';
import type { Recording } from '../../../functions/core/model/recording.ts';
import { acceptStep, announces } from '../../fakes/accept-step.ts';
import { aRecording, CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import { asksWhoCalled, scriptedSource, webhook } from '../../fakes/source.scripted.ts';

const FROM = '+12052535597';
const TO = '+13055550100';

describe('a recording', () => {
  test('with a route is on the queue with its target when its memo is named', async () => {
    const { accept, queue, clock } = acceptStep(scriptedSource(announces(aRecording({ to: TO }))), [
      { when: { to: TO }, send: { chat: CHAT } },
    ]);
    const acceptance = await accept('acme', webhook());
    expect(acceptance).toMatchObject({ kind: 'accepted', memos: [memoId(aRecording(), { chat: CHAT })] });
    const recording = aRecording({ to: TO });
    expect(queue.messages).toEqual([{ v: 1, recording, target: { chat: CHAT }, receivedAt: clock.iso() }]);
  });

  test('for several targets is a message and a memo for each', async () => {
    const send = [{ chat: CHAT }, { chat: OTHER_CHAT }];
    const { accept, queue } = acceptStep(scriptedSource(announces(aRecording())), [{ when: {}, send }]);
    const memos = send.map((target) => memoId(aRecording(), target));
    expect(await accept('acme', webhook())).toMatchObject({ kind: 'accepted', memos });
    expect(queue.messages).toMatchObject(send.map((target) => ({ target })));
  });

  test('without a route is kept too, as an unrouted memo', async () => {
    const { accept, queue } = acceptStep(scriptedSource(announces(aRecording())));
    const memos = [memoId(aRecording(), undefined)];
    expect(await accept('acme', webhook())).toMatchObject({ kind: 'accepted', memos });
    expect(queue.messages).toHaveLength(1);
    expect(queue.messages[0]).not.toHaveProperty('target');
  });

  test('beside another in one event is a message of its own', async () => {
    const two = [aRecording({ id: 'RE1', chat: CHAT }), aRecording({ id: 'RE2', chat: CHAT })];
    const { accept, queue } = acceptStep(scriptedSource(announces(...two)));
    const memos = two.map((recording) => memoId(recording, { chat: CHAT }));
    expect(await accept('acme', webhook())).toMatchObject({ kind: 'accepted', memos });
    expect(queue.messages.map(({ recording }) => recording.id)).toEqual(['RE1', 'RE2']);
  });

  test('that cannot be read spoils no other of its event, and is logged', async () => {
    const bad = { ...aRecording({ id: 'RE9', chat: CHAT }), media: { kind: 'url' as const, url: 'no URL' } };
    const { accept, queue, log } = acceptStep(scriptedSource(announces(bad, aRecording({ chat: CHAT }))));
    expect(await accept('acme', webhook())).toMatchObject({ kind: 'accepted' });
    expect(queue.messages.map(({ recording }) => recording.id)).toEqual(['RE1']);
    expect(log.text()).toContain('part of an event cannot be read');
  });

  test('that cannot be read makes its event unreadable where it is alone', async () => {
    const bad = { ...aRecording(), media: { kind: 'url' as const, url: 'no URL' } };
    const { accept, queue } = acceptStep(scriptedSource(announces(bad)));
    expect(await accept('acme', webhook())).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining('media'),
    });
    expect(queue.messages).toEqual([]);
  });

  test.each([
    [100, 'accepted'],
    [101, 'unreadable'],
    [3000, 'unreadable'],
  ])('is one of at most a hundred: of %i its event is %s', async (count, kind) => {
    const many = Array.from({ length: count }, (_, n) => aRecording({ id: `RE${n}`, chat: CHAT }));
    const { accept, queue } = acceptStep(scriptedSource(announces(...many)));
    expect(await accept('acme', webhook())).toMatchObject({ kind });
    expect(queue.messages).toHaveLength(kind === 'accepted' ? count : 0);
  });

  test('that its sender repeats names the same memo', async () => {
    const { accept } = acceptStep(scriptedSource(announces(aRecording({ chat: CHAT }))));
    expect(await accept('acme', webhook())).toEqual(await accept('acme', webhook()));
  });

  test('whose parties only its source knows is pending by its own id', async () => {
    const source = scriptedSource(announces(aRecording()), {
      lookUpParties: asksWhoCalled('https://api.example/calls/1'),
    });
    const { accept, queue } = acceptStep(source, [{ when: { to: TO }, send: { chat: CHAT } }]);
    expect(await accept('acme', webhook())).toMatchObject({ kind: 'pending', recordings: ['RE1'] });
    expect(queue.messages).toMatchObject([{ target: 'ask' }]);
  });

  test('is not answered for where the queue is down', async () => {
    const { accept, queue, log } = acceptStep(scriptedSource(announces(aRecording({ chat: CHAT }))));
    queue.goDown();
    await expect(accept('acme', webhook())).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(log.entries).toEqual([]);
  });

  test('leaves neither its address nor a number in the log', async () => {
    const recording = aRecording({ from: FROM, to: TO, chat: CHAT });
    const { accept, log } = acceptStep(scriptedSource(announces(recording)));
    await accept('acme', webhook(`?from=${encodeURIComponent(FROM)}`));
    expect(log.entries).toHaveLength(1);
    for (const secret of [FROM, TO, 'media.example', 's3cret']) expect(log.text()).not.toContain(secret);
  });
});

describe('the hook URL', () => {
  const queued = async (query: string, recording: Recording = aRecording()) => {
    const { accept, queue } = acceptStep(scriptedSource(announces(recording)));
    await accept('acme', webhook(query));
    return queue.messages[0];
  };

  test('fills in who called whom where the event leaves it out', async () => {
    const message = await queued('?from=%2B12052535597&to=%2B13055550100&direction=inbound');
    expect(message?.recording).toEqual(aRecording({ from: FROM, to: TO, direction: 'inbound' }));
  });

  test('does not overrule the parties that the event names', async () => {
    const message = await queued(
      '?from=%2B19999999999&direction=outbound',
      aRecording({ from: FROM, direction: 'inbound' }),
    );
    expect(message?.recording).toEqual(aRecording({ from: FROM, direction: 'inbound' }));
  });

  test('may lose the plus sign of a number', async () => {
    const message = await queued('?from=+12052535597&to=+1%20(305)%20555-0100');
    expect(message?.recording).toMatchObject({ from: FROM, to: TO });
  });

  test('names a chat, in whatever case, that wins over routes', async () => {
    expect(await queued(`?chat=${OTHER_CHAT.toUpperCase()}`)).toMatchObject({
      recording: { chat: OTHER_CHAT },
      target: { chat: OTHER_CHAT },
    });
  });

  test('does not overrule the chat that the event names: some schemes sign the body alone', async () => {
    expect(await queued(`?chat=${OTHER_CHAT}`, aRecording({ chat: CHAT }))).toMatchObject({
      target: { chat: CHAT },
    });
  });

  test('may hold an empty direction', async () => {
    expect((await queued('?direction='))?.recording).toEqual(aRecording());
  });

  test('may hold names of its own, and empty ones', async () => {
    expect((await queued('?from=&tenant=7&__proto__=x'))?.recording).toEqual(aRecording());
  });
});

test.each([1e300, 604_801, -1, Number.NaN, Number.POSITIVE_INFINITY])(
  'a length of %d seconds, which no call has, is left out, and the recording is taken',
  async (durationSeconds) => {
    const { accept, queue } = acceptStep(scriptedSource(announces(aRecording({ durationSeconds }))));
    expect(await accept('acme', webhook())).toMatchObject({ kind: 'accepted' });
    expect(queue.messages[0]?.recording).toEqual(aRecording());
  },
);

describe('audio inside the event', () => {
  const inline = { kind: 'inline' as const, bytes: Buffer.from('the sound of a call') };
  const event = announces({ ...aRecording(), media: inline });

  test('is in the inbox before the event is acknowledged', async () => {
    const { accept, queue, audio } = acceptStep(scriptedSource(event));
    expect(await accept('acme', webhook(`?chat=${CHAT}`))).toMatchObject({ kind: 'accepted' });
    const [message] = queue.messages;
    const INLINE = `${inboxOf(memoId(aRecording(), { chat: CHAT }))}inline-1`;
    expect(message?.recording.media).toEqual({ kind: 'inbox', key: INLINE });
    expect(audio.objects.get(INLINE)?.bytes).toEqual(inline.bytes);
  });

  test('that cannot be kept is not acknowledged, and nothing is queued', async () => {
    const { accept, queue, audio } = acceptStep(scriptedSource(event));
    audio.put = () => Promise.reject(new Error('S3 is away'));
    await expect(accept('acme', webhook(`?chat=${CHAT}`))).rejects.toThrow('S3 is away');
    expect(queue.messages).toEqual([]);
  });
});

test('a recording whose route has nobody to send it to carries the reason to its row', async () => {
  const send = { line: '+12052535597', handle: 'remote party' };
  const source = scriptedSource(announces(aRecording()));
  const { accept, queue } = acceptStep(source, [{ when: {}, send }]);
  await accept('acme', webhook());
  expect(queue.messages).toMatchObject([{ noTarget: expect.stringContaining('does not say who') }]);
  expect(queue.messages[0]).not.toHaveProperty('target');
});
