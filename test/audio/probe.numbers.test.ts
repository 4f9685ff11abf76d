import { describe, expect, test } from 'vitest';
import { planFor } from '../../functions/audio/plan.ts';
import { probe } from '../../functions/audio/probe.ts';
import { AUDIO_RULES } from '../../functions/core/model/audio.ts';
import { call, fileOf } from './calls.ts';

// Floats of Matroska (RFC 9559): SamplingFrequency is element 0xB5, Duration 0x4489; 0x88 declares eight bytes.
const ELEMENTS = { samplingFrequency: [0xb5, 0x88], duration: [0x44, 0x89, 0x88] };

const saying = (name: string, element: keyof typeof ELEMENTS, value: number) => {
  const file = call(name);
  const id = Buffer.from(ELEMENTS[element]);
  new DataView(file.buffer).setFloat64(Buffer.from(file).indexOf(id) + id.length, value);
  return probe(fileOf(file));
};
const seen = async (looking: ReturnType<typeof probe>) => {
  const looked = await looking;
  if (looked.kind === 'unfit') throw new Error(looked.reason);
  return looked;
};

// DynamoDB's client refuses the first three: no step could write the row, so its message would never be done.
describe.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300, -5])('a header that says %f', (value) => {
  test.each(['pcm-s16-8k-mono.mkv', 'aac-16k-mono.mkv'])(
    'hertz is refused, with facts for a row (%s)',
    async (name) => {
      const looked = await seen(saying(name, 'samplingFrequency', value));
      expect(looked.facts.sampleRate).toBe(0);
      expect(planFor(looked, AUDIO_RULES, true)).toEqual({ do: 'reject', reason: 'a sample rate of 0 Hz' });
    },
  );

  test('seconds promises nothing', async () => {
    const looked = await seen(saying('opus-mono.webm', 'duration', value));
    expect(looked).not.toHaveProperty('promisedSeconds');
    expect(planFor(looked, AUDIO_RULES, true)).toMatchObject({ do: 'convert' });
  });
});
