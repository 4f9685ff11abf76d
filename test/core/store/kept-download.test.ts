import { expect, test } from 'vitest';
import { CHAT } from '../../fakes/examples.ts';
import type { BrokenDownload } from '../../fakes/recordings.scripted.ts';
import { storeStep } from '../../fakes/store-step.ts';

const BEGUN = { validator: '"one"', length: 9, address: 'a hash' };
const broken = (brought: string, kind: 'trouble' | 'gave-way' = 'trouble'): BrokenDownload => ({
  kind: 'broken',
  brought,
  begun: BEGUN,
  comesTo: { kind, reason: 'it broke off' },
});
const rest = (text: string) => ({ kind: 'fetched', value: Buffer.from(text) }) as const;
const soundOf = async ({ memo, audio }: ReturnType<typeof storeStep>) =>
  audio.objects.get((await memo({ chat: CHAT }))?.audio?.key ?? '')?.bytes.toString();

test('what came before a download broke off is the beginning of the next try, and of the recording', async () => {
  const step = storeStep({ downloads: [broken('one '), broken('two ', 'gave-way'), rest('three')] });
  await step.keepRunning();
  expect(step.recordings.begun).toEqual([undefined, 'one ', 'one two ']);
  expect(await soundOf(step)).toBe('one two three');
});

test('what was kept is gone once the recording is stored', async () => {
  const step = storeStep({ downloads: [broken('one '), broken('two '), rest('three')] });
  await step.keepRunning();
  expect([...step.audio.objects.keys()]).toEqual([(await step.memo())?.audio?.key]);
  expect(await step.keyValues.read(`fetched#${(await step.memo())?.id}`)).toBeUndefined();
});

test('what was kept and is not there any more is fetched again', async () => {
  const step = storeStep({ downloads: [broken('one '), rest('all of it')] });
  await step.run();
  step.audio.objects.clear();
  await step.run();
  expect(step.recordings.begun).toEqual([undefined, undefined]);
  expect(await soundOf(step)).toBe('all of it');
});

test('a replay fetches the whole recording anew', async () => {
  const step = storeStep({ downloads: [broken('one '), rest('all of it')] });
  await step.run();
  const { id = '', generation = 0 } = (await step.memo()) ?? {};
  await step.ledger.move(id, {
    from: 'received',
    to: 'failed',
    where: { generation },
    note: { reason: 'a person stopped it' },
  });
  await step.run({ ...step.inHand(), replay: { memo: id, generation: generation + 1 } } as never);
  expect(step.recordings.begun).toEqual([undefined, undefined]);
  expect(await soundOf(step)).toBe('all of it');
});
