import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMessage, recordingMessageSchema, writeMessage } from '../../../functions/core/model/messages.ts';
import type { Parties, Recording } from '../../../functions/core/model/recording.ts';
import { acceptStep, announces } from '../../fakes/accept-step.ts';
import { aMessage, aRecording } from '../../fakes/examples.ts';
import { memoryRecordingsQueue } from '../../fakes/queues.memory.ts';
import { asksWhoCalled, scriptedSource, webhook } from '../../fakes/source.scripted.ts';
import { storeStep } from '../../fakes/store-step.ts';

// `store` can read every acknowledged message: the writer of a message uses the schema of its consumer.

const LINE = '+12052535597';
const routes = [{ when: {}, send: { line: LINE, handle: 'remote party' } }];
const NO_NUMBER = expect.stringContaining('no complete telephone number');

const accepting = async (recording: Partial<Recording>, query = '') => {
  const { accept, queue } = acceptStep(scriptedSource(announces(aRecording(recording))), routes);
  const acceptance = await accept('acme', webhook(query));
  return { acceptance, queued: queue.messages };
};

describe('a caller that no memo can be sent to', () => {
  test.each([
    ['a short number', '+12345'],
    ['an emergency number', '+911'],
    ['a number without its country', '2025550101'],
    ['a SIP address', 'sip:anna@pbx.example'],
    ['a name', 'Anonymous'],
    ['half a character', '\ud800'],
  ])('has the recording stored as unrouted, with the reason: %s', async (_, from) => {
    const { acceptance, queued } = await accepting({ from, to: LINE, direction: 'inbound' });
    expect(acceptance).toMatchObject({ kind: 'accepted' });
    expect(queued).toMatchObject([{ noTarget: NO_NUMBER }]);
    expect(queued[0]).not.toHaveProperty('target');
  });

  test.each(['', ' ', '\t'])('is nobody where the event leaves the number blank: %j', async (from) => {
    const { queued } = await accepting({ from, to: LINE, direction: 'inbound' });
    expect(queued).toMatchObject([{ noTarget: expect.stringContaining('does not say who') }]);
    expect(queued[0]?.recording).not.toHaveProperty('from');
  });
});

const party = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.stringMatching(/^\+[1-9]\d{0,17}$/),
  fc.constantFrom(
    '',
    ' ',
    '+',
    '-',
    '()',
    LINE,
    '+1001',
    'sip:a@b',
    '\u200b',
    '\ud800',
    `${'x'.repeat(255)}\ud83d\ude00`,
  ),
);
const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const defined = (facts: object) => Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
const facts = fc
  .record({
    from: option(party),
    to: option(party),
    direction: option(fc.constantFrom('inbound', 'outbound')),
    callId: option(fc.string({ unit: 'binary', maxLength: 600 })),
    durationSeconds: option(fc.double()),
  })
  .map(defined);

describe('whatever a source says beside the recording', () => {
  test('is accepted, and what is queued can be read', async () => {
    await fc.assert(
      fc.asyncProperty(facts, async (given) => {
        // The memory queue reads each message by the schema of `store`, as SQS's adapter does.
        const { acceptance, queued } = await accepting(given as Partial<Recording>);
        expect(acceptance.kind).toBe('accepted');
        expect(queued).toHaveLength(1);
      }),
      { numRuns: 2000 },
    );
  });

  test('is routed when the source has answered who called, whatever it answers', async () => {
    const source = scriptedSource(
      { kind: 'ignored', reason: '' },
      { lookUpParties: asksWhoCalled('https://api.example/1') },
    );
    const answers = fc.record({ from: option(party), to: option(party), direction: option(fc.string()) }).map(defined);
    await fc.assert(
      fc.asyncProperty(answers, async (value: Partial<Parties>) => {
        const world = storeStep({ source, routes, answers: [{ kind: 'fetched', value }] });
        expect(await world.run(aMessage({ target: 'ask' }))).toMatchObject({ kind: 'done' });
        expect((await world.ledger.list({}, 10)).memos).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a message that its consumer could not read', () => {
  const { id: _id, ...nameless } = aRecording();
  test.each<[string, object]>([
    ['half a character in the URL', { media: { kind: 'url', url: 'https://media.example/\ud800.mp3' } }],
    ['an address that is none', { media: { kind: 'url', url: 'nowhere' } }],
    ['an empty id', { id: '' }],
  ])('is not sent, and its sender is told the field: %s', async (_, over) => {
    const recording = { ...nameless, id: 'RE1', ...over } as Recording;
    const queue = memoryRecordingsQueue();
    const sending = queue.send([aMessage(), aMessage({ recording })]);
    await expect(sending).rejects.toMatchObject({ code: 'unreadable', message: expect.stringContaining('recording.') });
    expect(queue.messages).toEqual([]);
  });

  test('is none that was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }), (id) => {
        const message = aMessage({ recording: aRecording({ id: id.toWellFormed() }) });
        expect(readMessage(recordingMessageSchema, writeMessage(recordingMessageSchema, message))).toMatchObject({
          kind: 'known',
          message,
        });
      }),
    );
  });
});
