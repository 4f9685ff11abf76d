import { describe, expect, test } from 'vitest';
import type { SampleFormat } from '../../functions/audio/pcm.ts';
import { endsEarly } from '../../functions/audio/plan.ts';
import { probe } from '../../functions/audio/probe.ts';
import { type AiffKind, aiffOf, auOf, type CafKind, cafOf, type Lie } from './containers.ts';
import { fileOf, makeFit } from './fitting.ts';
import { heardInFile } from './hearing.ts';
import { heardInMemo, TONES } from './tones.ts';

// Whatever widths and sizes the header of an AIFF, AIFF-C, CAF or AU declares, the sound is that of the bytes.

const LIES: Record<string, (value: number) => number> = {
  right: (value) => value,
  doubled: (value) => value * 2,
  halved: (value) => value / 2,
  zero: () => 0,
  maximal: () => Number.MAX_SAFE_INTEGER,
};

interface Expected {
  /** Fields that no player reads, so the file may pass unchanged. */
  mayPass?: readonly string[];
  /** Also makes the memo of the doubled field and decodes it: each memo needs an encoder's thread. */
  memo?: boolean;
}

const expectWhole = async (
  make: (lie: Lie) => Buffer,
  field: string,
  { mayPass = [], memo = false }: Expected = {},
) => {
  for (const [name, lie] of Object.entries(LIES)) {
    let isLie = false;
    const bytes = make((truth) => {
      const said = lie(truth[field] ?? 0);
      isLie = Math.floor(said) !== truth[field];
      return { [field]: said };
    });
    const looked = await probe(fileOf(bytes));
    expect([name, looked.kind]).toEqual([name, 'audio']);
    if (looked.kind !== 'audio') continue;
    expect([name, await heardInFile(bytes)]).toEqual([name, TONES]);
    expect([name, looked.facts.seconds]).toEqual([name, expect.closeTo(3, 1)]);
    if (isLie && !mayPass.includes(field)) expect([name, looked.takenAs]).toEqual([name, undefined]);
    // Only one size is wrong, twice the file's size: such a header looks the same as that of a file that was cut off.
    const isOnlySize = field === 'dataBytes' && name === 'doubled';
    expect([name, !isOnlySize && endsEarly(looked)]).toEqual([name, false]);
    if (memo && name === 'doubled') expect([name, await heardInMemo(await makeFit(bytes))]).toEqual([name, TONES]);
  }
};

const AIFF: AiffKind[] = [
  ...[{ format: 's8' }, { format: 's16' }, { format: 's24' }, { format: 's32' }],
  ...[
    { format: 's8', compression: 'NONE' },
    { format: 's16', compression: 'twos' },
    { format: 's16', compression: 'sowt' },
    { format: 's24', compression: 'sowt' },
    { format: 's32', compression: 'sowt' },
    { format: 'u8', compression: 'raw ' },
    { format: 's24', compression: 'in24' },
    { format: 's32', compression: 'in32' },
    { format: 'f32', compression: 'fl32' },
    { format: 'f64', compression: 'FL64' },
    { format: 'ulaw', compression: 'ulaw' },
    { format: 'alaw', compression: 'ALAW' },
  ],
] as AiffKind[]; // a cast: the literals are sample formats
const fieldsOf = ['formBytes', 'frames', 'bits', 'soundBytes', 'offset', 'block'];

describe.each(AIFF)('an AIFF of $format, $compression', (kind) => {
  test.each(fieldsOf)('whose %s is right, doubled, halved, zero or maximal is heard whole', (field) =>
    expectWhole((lie) => aiffOf(kind, lie), field, {
      mayPass: ['offset', 'block', ...(kind.compression ? ['bits'] : [])],
      memo: field === 'frames',
    }),
  );

  test('with another chunk behind its sound is heard whole, whatever the sizes say', async () => {
    const behind = Buffer.from('AUTH\0\0\0\x04Anna', 'latin1');
    for (const field of ['frames', 'soundBytes', 'bits']) {
      await expectWhole((lie) => aiffOf(kind, lie, behind), field, { mayPass: kind.compression ? ['bits'] : [] });
    }
  });
});

const CAF: CafKind[] = (['s16', 's24', 's32', 'f32', 'f64'] as SampleFormat[]).flatMap((format) => [
  { format },
  { format, littleEndian: true },
]);

describe.each([...CAF, { format: 's8' }, { format: 'ulaw' }, { format: 'alaw' }] as CafKind[])(
  'a CAF of $format, little-endian $littleEndian',
  (kind) => {
    test.each(['packetBytes', 'packetFrames', 'bits', 'dataBytes', 'edits'])(
      'whose %s is right, doubled, halved, zero or maximal is heard whole',
      (field) => expectWhole((lie) => cafOf(kind, lie), field, { mayPass: ['edits'], memo: field === 'packetBytes' }),
    );

    test('with another chunk behind its sound is heard whole, whatever the sizes say', async () => {
      const behind = Buffer.from('info\0\0\0\0\0\0\0\x04\0\0\0\0', 'latin1');
      for (const field of ['packetBytes', 'bits']) await expectWhole((lie) => cafOf(kind, lie, behind), field);
    });
  },
);

describe.each(['ulaw', 's8', 's16', 's24', 's32', 'f32', 'f64', 'alaw'] as SampleFormat[])('an AU of %s', (format) => {
  test.each(['offset', 'dataBytes'])('whose %s is right, doubled, halved, zero or maximal is heard whole', (field) =>
    expectWhole((lie) => auOf(format, lie), field, { memo: field === 'dataBytes' }),
  );
});
