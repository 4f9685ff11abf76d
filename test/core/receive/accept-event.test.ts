import { describe, expect, test } from 'vitest';
import type { Secrets } from '../../../functions/core/ports/ports.ts';
import { authentic, type Classification, refused, type Source } from '../../../functions/core/ports/source.ts';
import { acceptEvent } from '../../../functions/core/receive/accept-event.ts';
import { acceptStep, announces } from '../../fakes/accept-step.ts';
import { memoryAudioStore } from '../../fakes/audio-store.memory.ts';
import { manualClock } from '../../fakes/clock.manual.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import { memoryLog } from '../../fakes/log.memory.ts';
import { memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { asksWhoCalled, scriptedSource, sourcesOf, webhook } from '../../fakes/source.scripted.ts';

const TO = '+13055550100';

describe('what is not a verified event of a known source', () => {
  const event = announces(aRecording({ chat: CHAT }));
  const unsigned = scriptedSource(event, { authenticate: async () => ({ kind: 'unsigned', reason: 'sign it' }) });

  test.each([
    ['another name', 'nobody', scriptedSource(event), webhook(), { kind: 'no-such-source' }],
    ["a name of the language's own", 'constructor', scriptedSource(event), webhook(), { kind: 'no-such-source' }],
    ['a wrong signature', 'acme', scriptedSource(event), webhook('', 'wrong'), { kind: 'refused' }],
    ['a wrong signature and query', 'acme', scriptedSource(event), webhook('?chat=7', 'wrong'), { kind: 'refused' }],
    ['no signature yet', 'acme', unsigned, webhook(), { kind: 'unsigned', reason: 'sign it' }],
  ])('touches no queue: %s', async (_, name, source, request, acceptance) => {
    const { accept, queue, log } = acceptStep(source);
    expect(await accept(name, request)).toMatchObject(acceptance);
    expect(queue.messages).toEqual([]);
    expect(log.entries).toEqual([]);
  });

  test('is not even read where its signature is wrong', async () => {
    let read = false;
    const classify = (): Classification => {
      read = true;
      return event;
    };
    const { accept } = acceptStep({ ...scriptedSource(event), classify });
    await accept('acme', webhook('', 'wrong'));
    expect(read).toBe(false);
  });
});

describe('a verified event without a recording for us', () => {
  test.each<[Classification, object]>([
    [
      { kind: 'ignored', reason: 'call.started' },
      { kind: 'ignored', reason: 'call.started' },
    ],
    [
      { kind: 'not-ready', reason: 'in progress' },
      { kind: 'ignored', reason: 'not ready: in progress' },
    ],
    [
      { kind: 'unreadable', reason: 'data.id: missing' },
      { kind: 'unreadable', reason: 'data.id: missing' },
    ],
    [announces(), { kind: 'ignored', reason: 'no recording in it' }],
  ])('touches no queue: %j', async (event, acceptance) => {
    const { accept, queue } = acceptStep(scriptedSource(event));
    expect(await accept('acme', webhook())).toMatchObject(acceptance);
    expect(queue.messages).toEqual([]);
  });

  test.each([
    ['id', { id: '' }],
    ['media.url', { media: { kind: 'url' as const, url: 'nonsense' } }],
    ['media.key', { media: { kind: 'inbox' as const, key: 'audio/not-an-inbox' } }],
    ['chat', { chat: 'not-a-uuid' }],
  ])('is unreadable where a recording breaks its schema, by the name of the field: %s', async (field, broken) => {
    const { accept, queue } = acceptStep(scriptedSource(announces(aRecording(broken))));
    expect(await accept('acme', webhook())).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining(`${field}: `),
    });
    expect(queue.messages).toEqual([]);
  });

  test.each([
    ['?chat=not-a-uuid', 'chat: must be a UUID'],
    ['?chat=', 'chat: must be a UUID'],
    ['?direction=sideways', 'direction: must be inbound or outbound'],
  ])('is unreadable where the hook URL is wrong, by the name of the field: %s', async (query, reason) => {
    const { accept, queue } = acceptStep(scriptedSource(announces(aRecording())));
    expect(await accept('acme', webhook(query))).toMatchObject({ kind: 'unreadable', reason });
    expect(queue.messages).toEqual([]);
  });
});

describe("a source's own ways", () => {
  test('a handshake is answered as the source says, before anything is verified or queued', async () => {
    const answer = { status: 200, body: 'challenge accepted' };
    const source = scriptedSource(announces(aRecording()), { handshake: async () => answer });
    const { accept, queue } = acceptStep(source);
    expect(await accept('acme', webhook('', 'wrong'))).toEqual({ kind: 'handshake', answer });
    expect(queue.messages).toEqual([]);
  });

  test('an event that is no handshake goes its usual way', async () => {
    const source = scriptedSource(announces(aRecording({ chat: CHAT })), { handshake: async () => undefined });
    expect(await acceptStep(source).accept('acme', webhook())).toMatchObject({ kind: 'accepted' });
  });

  const statuses = { accepted: 204, ignored: 299, refused: 403, unreadable: 422, pending: 202, unsigned: 401 };
  test.each<[string, Classification, string, string]>([
    ['accepted', announces(aRecording({ chat: CHAT })), 'right', ''],
    ['pending', announces(aRecording()), 'right', ''],
    ['ignored', { kind: 'ignored', reason: 'x' }, 'right', ''],
    ['ignored', { kind: 'not-ready', reason: 'x' }, 'right', ''],
    ['ignored', announces(), 'right', ''],
    ['unreadable', { kind: 'unreadable', reason: 'x' }, 'right', ''],
    ['unreadable', announces(aRecording({ id: '' })), 'right', ''],
    ['refused', announces(), 'wrong', ''],
  ])('statuses of its own pass through: %s', async (kind, event, signature, query) => {
    const source = scriptedSource(event, { statuses, lookUpParties: asksWhoCalled('https://api.example/calls/1') });
    const { accept } = acceptStep(source, [{ when: { to: TO }, send: { chat: CHAT } }]);
    expect(await accept('acme', webhook(query, signature))).toMatchObject({ kind, statuses });
  });

  test('statuses of its own say nothing of a hook URL set up wrongly: that is answered as ours', async () => {
    const { accept } = acceptStep(scriptedSource(announces(aRecording()), { statuses }));
    expect(await accept('acme', webhook('?chat=x'))).toMatchObject({ kind: 'unreadable', statuses: undefined });
  });

  test('statuses of its own pass through: unsigned', async () => {
    const authenticate = async () => ({ kind: 'unsigned', reason: 'sign it' }) as const;
    const { accept } = acceptStep(scriptedSource(announces(), { statuses, authenticate }));
    expect(await accept('acme', webhook())).toEqual({ kind: 'unsigned', reason: 'sign it', statuses });
  });
});

describe('a secret that may just have been rotated', () => {
  /** A source that is signed with its plain secret; each `forget` brings the next values. */
  const prepare = ({ values, peculiar = {} }: { values: readonly string[][]; peculiar?: Partial<Source> }) => {
    let forgotten = 0;
    let proofs = 0;
    const queue = memoryRecordingsQueue();
    const secrets: Secrets = {
      read: async () => values[forgotten] ?? [],
      forget: () => {
        if (forgotten + 1 >= values.length) return false;
        forgotten += 1;
        return true;
      },
    };
    const source = scriptedSource(announces(aRecording({ chat: CHAT })), {
      authenticate: async (request, { read }) => {
        proofs += 1;
        const known = await read({ name: 'ACME_SECRET' });
        const proven = known.includes(request.headers['x-signature'] ?? '');
        return proven ? authentic(request) : refused('x-signature is not right');
      },
      ...peculiar,
    });
    const accept = acceptEvent({
      sources: sourcesOf({ acme: source }),
      routes: [],
      recordings: queue,
      inbox: memoryAudioStore(),
      inboxId: () => 'inline',
      secrets,
      clock: manualClock(),
      log: memoryLog(),
    });
    return { accept, queue, forgotten: () => forgotten, proofs: () => proofs };
  };

  test('is read anew, once, for a webhook that it proves: many a sender never asks twice', async () => {
    const { accept, queue, forgotten, proofs } = prepare({ values: [['old'], ['new', 'old'], ['never']] });

    expect(await accept('acme', webhook('', 'new'))).toMatchObject({ kind: 'accepted' });
    expect([forgotten(), proofs(), queue.messages.length]).toEqual([1, 2, 1]);
  });

  test('is read anew at most once for a forged one, which is refused and touches no queue', async () => {
    const { accept, queue, forgotten, proofs } = prepare({ values: [['old'], ['new'], ['newer'], ['newest']] });

    expect(await accept('acme', webhook('', 'forged'))).toMatchObject({ kind: 'refused' });
    expect([forgotten(), proofs(), queue.messages]).toEqual([1, 2, []]);
  });

  test('is left alone where it was read only now: the webhook is proved no second time', async () => {
    const { accept, queue, proofs } = prepare({ values: [['old']] });

    expect(await accept('acme', webhook('', 'new'))).toMatchObject({ kind: 'refused' });
    expect([proofs(), queue.messages]).toEqual([1, []]);
  });

  test('is left alone by a webhook that it proves', async () => {
    const { accept, forgotten, proofs } = prepare({ values: [['old'], ['new']] });

    expect(await accept('acme', webhook('', 'old'))).toMatchObject({ kind: 'accepted' });
    expect([forgotten(), proofs()]).toEqual([0, 1]);
  });

  test('is left alone by one that is not signed yet, or that nobody can read', async () => {
    const authenticate = async () => ({ kind: 'unsigned', reason: 'sign it' }) as const;
    const unsigned = prepare({ values: [['old'], ['new']], peculiar: { authenticate } });
    const unreadable = prepare({
      values: [['old'], ['new']],
      peculiar: { classify: () => ({ kind: 'unreadable', reason: 'data.id: missing' }) },
    });

    expect(await unsigned.accept('acme', webhook())).toMatchObject({ kind: 'unsigned' });
    expect(await unreadable.accept('acme', webhook('', 'old'))).toMatchObject({ kind: 'unreadable' });
    expect([unsigned.forgotten(), unreadable.forgotten()]).toEqual([0, 0]);
  });

  test('and cannot be read anew fails the webhook, so that its sender asks again', async () => {
    let reads = 0;
    const authenticate: Source['authenticate'] = async () => {
      reads += 1;
      if (reads > 1) throw new Error('SSM is away');
      return refused('x-signature is not right');
    };
    const { accept, queue } = prepare({ values: [['old'], ['new']], peculiar: { authenticate } });

    await expect(accept('acme', webhook('', 'new'))).rejects.toThrow('SSM is away');
    expect(queue.messages).toEqual([]);
  });
});
