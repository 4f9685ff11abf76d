import { describe, expect, test } from 'vitest';
import type { AudioRules } from '../../functions/core/model/audio.ts';
import { makeFit, readCall } from './fitting.ts';
import { longCall } from './long-call.ts';

const call = readCall('pcm-s16-8k-mono.wav');

describe('limits', () => {
  test.each<[string, Partial<AudioRules>, string]>([
    ['shorter than the shortest', { minSeconds: 4 }, 'too short: 3.5 s of sound'],
    ['longer than the longest', { maxSeconds: 3 }, 'too long: 4 s of sound'],
    ['larger than the largest', { maxSourceBytes: 56_043 }, 'too large: 56044 bytes'],
  ])('%s is rejected', async (_, rules, reason) => {
    expect(await makeFit(call, { rules })).toMatchObject({ kind: 'unfit', reason });
  });

  test('by default half a second is short and six hours are long', async () => {
    expect(await makeFit(longCall(call, 0.4), { rules: { minSeconds: 0.5 } })).toMatchObject({ kind: 'unfit' });
    expect(await makeFit(longCall(call, 6 * 3600 + 60))).toMatchObject({
      kind: 'unfit',
      reason: 'too long: 21660 s of sound',
    });
  });
});
