import * as z from 'zod';
import { AUDIO_RULES } from './audio.ts';
import { strict } from './mistakes.ts';

const least = 'must be seconds, 0 to 3600: every shorter recording is rejected';
/** `audio` in `bridge.config.ts`: see `AudioRules`. */
export const audioRulesSchema = strict({
  minSeconds: z.number({ error: least }).nonnegative(least).max(3600, least).optional(),
  maxSeconds: z.number().positive().max(86_400).optional(),
  // S3 copies no larger object in one request, and a function's time ends before.
  maxSourceBytes: z.number().int().positive().max(5_000_000_000).optional(),
}).refine(({ minSeconds = AUDIO_RULES.minSeconds, maxSeconds = AUDIO_RULES.maxSeconds }) => minSeconds < maxSeconds, {
  path: ['minSeconds'],
  message: 'must be less than maxSeconds: every recording would be rejected',
});
