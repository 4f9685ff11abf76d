import fc from 'fast-check';
import { engineThreads } from '../../functions/audio/engine-threads.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { AUDIO_RULES, MAX_MEMO_BYTES } from '../../functions/core/model/audio.ts';
import type { FittedPart } from '../../functions/core/ports/ports.ts';
import { call, allCalls as facts, fileOf } from '../audio/calls.ts';
import type { Target } from './target.ts';

/** Bytes overwritten, a stretch cut out, a stretch doubled, or the end cut off. */
type Change =
  | { do: 'write'; at: number; bytes: number[] }
  | { do: 'cut' | 'double'; at: number; length: number }
  | { do: 'end'; at: number };
interface AudioInput {
  file: string;
  changes: Change[];
}

const at = fc.oneof(fc.nat(200), fc.nat(1_000_000));
const length = fc.nat(2000);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    at,
    bytes: fc.array(fc.oneof(fc.constantFrom(0, 0x7f, 0x80, 0xff), fc.nat(255)), { minLength: 1, maxLength: 8 }),
  }),
  fc.record({ do: fc.constantFrom('cut' as const, 'double' as const), at, length }),
  fc.record({ do: fc.constant('end' as const), at }),
);

const mutated = ({ file, changes }: AudioInput): Uint8Array => {
  let bytes = Buffer.from(call(file));
  for (const each of changes) {
    const place = bytes.length === 0 ? 0 : each.at % bytes.length;
    const [before, behind] = [bytes.subarray(0, place), bytes.subarray(place)];
    if (each.do === 'write')
      bytes = Buffer.concat([before, Buffer.from(each.bytes), behind.subarray(each.bytes.length)]);
    else if (each.do === 'end') bytes = before;
    else if (each.do === 'cut') bytes = Buffer.concat([before, behind.subarray(each.length)]);
    else bytes = Buffer.concat([before, behind.subarray(0, each.length), behind]);
  }
  return new Uint8Array(bytes);
};

// Real threads with short limits: a file that an engine never finishes must be rejected like any other.
const fitter = audioFitter({
  engine: engineThreads({ probeMs: 5000, fitMs: 20_000, longAfterMs: 20_000 }),
  rules: { ...AUDIO_RULES, minSeconds: 0.1 },
  clock: { nowMs: Date.now },
});

/** A recording with changed bytes ends as a memo that plays, or is rejected with a reason. Nothing throws. */
export const audio: Target<AudioInput> = {
  name: 'audio',
  inputs: fc.record({
    file: fc.constantFrom(...facts.filter(({ bytes }) => bytes < 25_000).map(({ file }) => file)),
    changes: fc.array(change, { minLength: 1, maxLength: 5 }),
  }),
  async check(input) {
    const file = fileOf(mutated(input));
    const fitted = await fitter.fit(file, async (part: FittedPart) => part, new AbortController().signal);
    if (fitted.kind === 'unfit') {
      if (!/^[\x20-\x7e]{5,300}$/.test(fitted.reason)) throw new Error(`rejected with an odd reason: ${fitted.reason}`);
      return `rejected: ${fitted.reason.replace(/\(.*|[\d.]+/g, '').slice(0, 50)}`;
    }
    const notes = fitted.fitting.notes ?? [];
    for (const note of notes)
      if (!/^the recording ends after [\d.]+ of [\d.]+ s$/.test(note)) throw new Error(`an odd note: ${note}`);
    const { codec, seconds = 0 } = fitted.original;
    if (fitted.kind === 'as-it-is' && codec !== undefined && seconds < 0.1)
      throw new Error(`sent ${seconds} s as they are`);
    for (const { facts, bytes } of fitted.kind === 'made' ? fitted.parts : []) {
      if (!facts.seconds || bytes.length > MAX_MEMO_BYTES)
        throw new Error(`a memo of ${facts.seconds} s, ${bytes.length} bytes`);
    }
    return `${fitted.fitting.done} ${codec}${notes.length > 0 ? ', with a note' : ''}`;
  },
};
