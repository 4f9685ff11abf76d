import { describe, expect, test } from 'vitest';
import type { SampleFormat } from '../../functions/audio/pcm.ts';
import { probe } from '../../functions/audio/probe.ts';
import { earlyEnd } from '../../functions/audio/shortfall.ts';
import { fileOf, makeFit } from './fitting.ts';
import { heardInFile } from './hearing.ts';
import { encoded, heardInMemo, RATE, TONES, tones } from './tones.ts';

// Whatever widths and sizes a header declares, the sound is that of the bytes: the memo has another tone each second.

interface Fields {
  blockAlign: number;
  byteRate: number;
  bits: number;
  dataBytes: number;
  riffBytes: number;
  factFrames: number;
}
const TAGS: Partial<Record<SampleFormat, [tag: number, width: number]>> = {
  ...{ ulaw: [7, 1], alaw: [6, 1], u8: [1, 1], s16: [1, 2], s24: [1, 3], s32: [1, 4], f32: [3, 4], f64: [3, 8] },
};
const FORMATS = Object.keys(TAGS) as SampleFormat[]; // the keys of the table above

interface WavOptions {
  littleEndian?: boolean;
  channels?: number;
  chunks?: Uint8Array[];
  behind?: Uint8Array;
}

/** A WAV of the three tones; `lie` gets its true fields. */
const wavOf = (
  format: SampleFormat,
  lie: (fields: Fields) => Partial<Fields> = () => ({}),
  { littleEndian = true, channels = 1, chunks = [], behind = new Uint8Array() }: WavOptions = {},
) => {
  const [tag = 0, width = 0] = TAGS[format] ?? [];
  const samples = Float32Array.from([...tones()].flatMap((value) => new Array<number>(channels).fill(value)));
  const data = encoded(samples, format, littleEndian);
  const blockAlign = width * channels;
  const extra = chunks.reduce((bytes, { length }) => bytes + length, 0);
  const truth: Fields = {
    ...{ blockAlign, byteRate: blockAlign * RATE, bits: width * 8, dataBytes: data.length },
    ...{ riffBytes: 4 + 26 + 12 + extra + 8 + data.length + behind.length, factFrames: data.length / blockAlign },
  };
  const said = { ...truth, ...lie(truth) };
  const id = (text: string) => Buffer.from(text, 'latin1');
  const number = (value: number, bytes: 2 | 4) => {
    const buffer = Buffer.alloc(bytes);
    const most = 256 ** bytes - 1;
    if (littleEndian) buffer.writeUIntLE(Math.min(most, Math.floor(value)), 0, bytes);
    else buffer.writeUIntBE(Math.min(most, Math.floor(value)), 0, bytes);
    return buffer;
  };
  return Buffer.concat([
    ...[id(littleEndian ? 'RIFF' : 'RIFX'), number(said.riffBytes, 4), id('WAVE')],
    ...[id('fmt '), number(18, 4), number(tag, 2), number(channels, 2), number(RATE, 4)],
    ...[number(said.byteRate, 4), number(said.blockAlign, 2), number(said.bits, 2), number(0, 2)],
    ...[id('fact'), number(4, 4), number(said.factFrames, 4), ...chunks],
    ...[id('data'), number(said.dataBytes, 4), data, behind],
  ]);
};

const LIES: Record<string, (value: number) => number> = {
  doubled: (value) => value * 2,
  halved: (value) => value / 2,
  zero: () => 0,
  maximal: () => Number.MAX_SAFE_INTEGER,
};
/** Of these fields, doubled, the test also makes the memo: each needs an encoder's thread, which takes longer than the rest. */
const MEMO_FIELDS: readonly (keyof Fields)[] = ['blockAlign', 'dataBytes'];
const FIELDS: (keyof Fields)[] = ['blockAlign', 'byteRate', 'bits', 'dataBytes', 'riffBytes', 'factFrames'];

describe.each(FORMATS)('a WAV of %s', (format) => {
  test.each(FIELDS)('whose %s is doubled, halved, zero or maximal is heard whole, without a note', async (field) => {
    for (const [name, lie] of Object.entries(LIES)) {
      const bytes = wavOf(format, (truth) => ({ [field]: lie(truth[field]) }));
      const seen = await probe(fileOf(bytes));
      expect([name, await heardInFile(bytes)]).toEqual([name, TONES]);
      expect([name, seen]).toMatchObject([name, { kind: 'audio', facts: { seconds: expect.closeTo(3, 1) } }]);
      expect([name, seen.kind === 'audio' && earlyEnd(seen)]).toEqual([name, []]);
      // Plain PCM of which only the fact chunk is wrong plays unchanged: no player reads that chunk.
      const mayPass = field === 'factFrames';
      if (!mayPass) expect([name, seen]).not.toMatchObject([name, { takenAs: expect.anything() }]);
      if (!MEMO_FIELDS.includes(field) || name !== 'doubled') continue;
      const fitted = await makeFit(bytes);
      expect([name, await heardInMemo(fitted)]).toEqual([name, TONES]);
      expect(fitted.kind === 'unfit' ? fitted.reason : fitted.fitting.notes).toBeUndefined();
    }
  });

  test('whose block align and byte rate are both doubled or halved is heard whole', async () => {
    for (const factor of [2, 0.5]) {
      const fitted = await makeFit(
        wavOf(format, ({ blockAlign, byteRate }) => ({ blockAlign: blockAlign * factor, byteRate: byteRate * factor })),
      );
      expect([factor, await heardInMemo(fitted)]).toEqual([factor, TONES]);
    }
  });

  test('in the other byte order, or of two channels, is heard whole', async () => {
    expect(await heardInMemo(await makeFit(wavOf(format, undefined, { littleEndian: false })))).toEqual(TONES);
    const stereo = wavOf(format, ({ byteRate }) => ({ byteRate: byteRate * 2 }), { channels: 2 });
    expect(await heardInMemo(await makeFit(stereo))).toEqual(TONES);
  });
});

test('the header of two public Twilio Media Streams recorders hides no sound', async () => {
  const fitted = await makeFit(wavOf('ulaw', () => ({ blockAlign: 2, byteRate: 16_000, bits: 4 })));
  expect(await heardInMemo(fitted)).toEqual(TONES);
  expect(fitted).toMatchObject({ original: { seconds: 3 }, fitting: expect.not.objectContaining({ notes: [] }) });
});

const chunk = (id: string, bytes: number, padded = true) => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes);
  return Buffer.concat([Buffer.from(id), size, Buffer.alloc(bytes + (padded ? bytes % 2 : 0), 0x55)]);
};

describe('chunks around the sound are no sound', () => {
  test.each([
    ['a large one', [chunk('LIST', 393_164)]],
    ['an odd one with its pad byte', [chunk('LIST', 33)]],
    ['an odd one without its pad byte', [chunk('LIST', 33, false)]],
    ['several odd ones without pad bytes', [chunk('LIST', 33, false), chunk('bext', 605, false)]],
  ])('%s', async (_, chunks) => {
    const behind = chunk('LIST', 4001);
    const fitted = await makeFit(wavOf('ulaw', undefined, { chunks, behind }));
    expect(await heardInMemo(fitted)).toEqual(TONES);
    expect(fitted.original.seconds).toBe(3);
  });

  test('70 kB before the format, and the format behind the sound', async () => {
    const wav = wavOf('ulaw');
    const [riff, format, data] = [wav.subarray(0, 12), wav.subarray(12, 50), wav.subarray(50)];
    for (const file of [
      Buffer.concat([riff, chunk('JUNK', 70_000), format, data]),
      Buffer.concat([riff, data, format]),
    ]) {
      expect(await heardInMemo(await makeFit(file))).toEqual(TONES);
    }
  });

  test('a sound that was cut off is sent with the true figures', async () => {
    const fitted = await makeFit(wavOf('ulaw').subarray(0, 16_058));
    expect(await heardInMemo(fitted)).toEqual(TONES.slice(0, 2));
    expect(fitted).toMatchObject({ fitting: { notes: ['the recording ends after 2 of 3 s'] } });
  });
});
