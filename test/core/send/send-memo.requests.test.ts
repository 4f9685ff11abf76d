import { expect, test } from 'vitest';
import { rememberErasure } from '../../../functions/core/operate/drop-erased.ts';
import { written } from '../../fakes/effects.ts';
import { aRecording } from '../../fakes/examples.ts';
import { DONE, sendStep } from '../../fakes/send-step.ts';

// Each call of a port is one request to AWS or to Linq; presigning asks nobody.

const RECORDING = aRecording({ from: '+12025550101', to: '+12025550102', callId: 'CA1' });

test('the first try of a new memo asks for each thing once', async () => {
  const { deliver } = await sendStep({ recording: RECORDING, answers: [DONE] });
  const calls: string[] = [];
  await deliver({ effects: written(calls) });
  const begin = ['get', 'readAll', 'claim', 'presignGet', 'move'];
  expect(calls).toEqual([...begin, 'sendVoiceMemo', 'move', 'addReceipt']);
});

test.each([
  ['a later receive', async () => {}, 2],
  ['a memo of more than a day', async ({ clock }: Step) => clock.advance(25 * 60 * 60_000), 1],
])('%s looks whether the audio is there, and asks about erasures behind that', async (_, prepare, receives) => {
  const step = await sendStep({ recording: RECORDING, answers: [DONE] });
  await prepare(step);
  const calls: string[] = [];
  await step.deliver({ receives, effects: written(calls) });
  expect(calls.map((call) => call.replace(/ .*/, ''))).toEqual(
    expect.arrayContaining(['head', 'presignGet', 'readAll', 'move', 'sendVoiceMemo']),
  );
  expect(calls.filter((call) => call === 'readAll')).toHaveLength(2);
});

test('audio that is gone ends the memo at its second try, after Linq could not fetch it', async () => {
  const reason = 'Linq could not fetch the URL';
  const { deliver, audio, memo, messenger } = await sendStep({ answers: [{ kind: 'cannot-fetch', reason }] });
  audio.objects.clear();
  expect(await deliver()).toMatchObject({ kind: 'later' });
  expect(await deliver({ receives: 2 })).toMatchObject({ kind: 'done', outcome: 'failed' });
  expect(await memo()).toMatchObject({ state: 'failed', reason: 'its audio has expired' });
  expect(messenger.posts).toHaveLength(1);
});

test('an erased memo claims nothing: another memo of the recording may go to the chat', async () => {
  const step = await sendStep({ recording: RECORDING });
  step.clock.advance(1000);
  await rememberErasure(step, { call: 'CA1' });
  const calls: string[] = [];
  expect(await step.deliver({ effects: written(calls) })).toEqual({ kind: 'done', outcome: 'erased' });
  expect(calls).toEqual(['get', 'readAll']);
  expect(step.messenger.posts).toEqual([]);
});

type Step = Awaited<ReturnType<typeof sendStep>>;
