import * as z from 'zod';
import { canonicalNumber, phoneNumberSchema } from '../core/model/recording.ts';

// Telephone numbers in requests. The rules are patterns, so that the OpenAPI document has them too.

/** Three characters that are no punctuation. */
const ANY = /^[\s().-]*[^\s().-](?:[\s().-]*[^\s().-]){2}/;

export const e164 = phoneNumberSchema('must be a telephone number in E.164, such as +12025550101').describe(
  'E.164, such as +12025550101',
);

/** Also an extension or a SIP address, which some call systems have in place of a number. */
export const anyPhone = z
  .string()
  .regex(ANY, 'must have three characters or more')
  .transform(canonicalNumber)
  .describe('as the call system has it, or E.164');
