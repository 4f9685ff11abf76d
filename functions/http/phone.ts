import * as z from 'zod';
import { canonicalNumber } from '../core/model/recording.ts';

// Telephone numbers in requests. The rules are patterns, so that the OpenAPI document has them too.

/** With any spacing: `+1 (202) 555-0101`. A form turns a plus into a blank, so a blank in front counts as a plus. */
const E164 = /^(?: (?=\d)|\s*\+[\s().-]*)[1-9](?:[\s().-]*\d){6,14}[\s().-]*$/;
/** Three characters that are no punctuation. */
const ANY = /^[\s().-]*[^\s().-](?:[\s().-]*[^\s().-]){2}/;

export const e164 = z
  .string()
  .regex(E164, 'must be a telephone number in E.164, such as +12025550101')
  .transform(canonicalNumber)
  .describe('E.164, such as +12025550101');

/** Also an extension or a SIP address, which some call systems have in place of a number. */
export const anyPhone = z
  .string()
  .regex(ANY, 'must have three characters or more')
  .transform(canonicalNumber)
  .describe('as the call system has it, or E.164');
