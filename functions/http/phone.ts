import * as z from 'zod';
import { canonicalNumber, phoneNumberSchema } from '../core/model/recording.ts';

// What a request says of a person. What is refused is refused by a pattern, so that the OpenAPI document has the same rule.

/** Three characters that are more than punctuation. */
const ANY = /^[\s().-]*[^\s().-](?:[\s().-]*[^\s().-]){2}/;

export const e164 = phoneNumberSchema('must be a telephone number in E.164, such as +12025550101').describe(
  'E.164, such as +12025550101',
);

/** Also what a call system shows in a number's place: an extension, a SIP address. */
export const anyPhone = z
  .string()
  .regex(ANY, 'must have three characters or more')
  .transform(canonicalNumber)
  .describe('as the call system has it, or E.164');
