import * as z from 'zod';
import { canonicalNumber } from '../core/model/recording.ts';

// What a request says of a person. What is refused is refused by a pattern, so that the OpenAPI document has the same rule.

/** Spaced as people write it: `+1 (202) 555-0101`. A blank in front stands for the plus that a form made of it. */
const E164 = /^(?: (?=\d)|\s*\+[\s().-]*)[1-9](?:[\s().-]*\d){6,14}[\s().-]*$/;
/** Three characters that are more than punctuation. */
const ANY = /^[\s().-]*[^\s().-](?:[\s().-]*[^\s().-]){2}/;

export const e164 = z
  .string()
  .regex(E164, 'must be a telephone number in E.164, such as +12025550101')
  .transform(canonicalNumber)
  .describe('E.164, such as +12025550101');

/** Also what a call system shows in a number's place: an extension, a SIP address. */
export const anyPhone = z
  .string()
  .regex(ANY, 'must have three characters or more')
  .transform(canonicalNumber)
  .describe('as the call system has it, or E.164');
