import * as z from 'zod';

/** No lone surrogates: JSON may contain them, but the database cannot store them, and a URL with them throws. */
const text = z.string().refine((value) => value.isWellFormed(), 'must be text');

/** The most characters of a party, and of an id. */
const PARTY = 256;
const ID = 512;
const DIRECTIONS = ['inbound', 'outbound'] as const;

/** Who called whom. Numbers are in E.164 where the source gives them in E.164. */
export const partiesSchema = z.object({
  from: text.min(1).max(PARTY).exactOptional(),
  to: text.min(1).max(PARTY).exactOptional(),
  direction: z.enum(DIRECTIONS).exactOptional(),
});
export type Parties = z.infer<typeof partiesSchema>;

export const mediaUrlSchema = z
  .url()
  .max(8192)
  .refine((url) => url.isWellFormed(), 'must be text');

/**
 * Where the bytes are: at a URL (`url`), at a source that must be asked for a URL (`ask`), in a bucket of the user's (`object`), or in our
 * bucket (`inbox`).
 */
const mediaSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('url'),
    url: mediaUrlSchema,
  }),
  z.object({ kind: z.literal('ask') }),
  z.object({ kind: z.literal('object'), bucket: text.min(1).max(63), key: text.min(1).max(1024) }),
  z.object({ kind: z.literal('inbox'), key: z.string().startsWith('inbox/').max(1024) }),
]);
export type Media = z.infer<typeof mediaSchema>;

/** The audio of one finished call, as its source describes it. */
export const recordingSchema = z.object({
  /** The source's name in the configuration. */
  source: z.string().min(1).max(64),
  /** Unique per recording, the same in every retry of the event, and never a URL. */
  id: text.min(1).max(ID),
  callId: text.min(1).max(ID).exactOptional(),
  ...partiesSchema.shape,
  durationSeconds: z.number().nonnegative().exactOptional(),
  /** The chat that the event itself names. It comes before all routes. */
  chat: z.guid().exactOptional(),
  media: mediaSchema,
  /**
   * For a source that records one talk in several ways: a recording of another kind with one of these ids is of the same talk, and a chat
   * gets the kind that comes first. Absent where each recording is a memo of its own.
   */
  talk: z.object({ kind: text.min(1).max(64), ids: z.array(text.min(1).max(64)).min(1).max(8) }).exactOptional(),
  /** Facts that the source needs to fetch the audio, such as an account id. Never a secret. */
  reference: z.record(z.string().max(64), text.max(1024)).exactOptional(),
});
export type Recording = z.infer<typeof recordingSchema>;

/** A week. No call is longer, and DynamoDB cannot store every number. */
const MAX_DURATION_SECONDS = 7 * 24 * 60 * 60;

type Facts = Pick<Partial<Recording>, 'from' | 'to' | 'callId' | 'direction' | 'durationSeconds'>;

/**
 * Corrects the facts about a call so that they can be stored: removes blank fields, lone surrogates, text beyond its
 * limit and impossible durations. A recording is never refused for one of these.
 */
export const tidyFacts = <R extends Facts>(recording: R): Omit<R, keyof Facts> & Facts => {
  const { from, to, callId, direction, durationSeconds = -1, ...rest } = recording;
  return {
    ...rest,
    ...some('from', textOf(canonicalNumber(from ?? ''), PARTY)),
    ...some('to', textOf(canonicalNumber(to ?? ''), PARTY)),
    ...some('callId', textOf(callId ?? '', ID)),
    ...some(
      'direction',
      DIRECTIONS.find((known) => known === direction),
    ),
    ...some(
      'durationSeconds',
      durationSeconds >= 0 && durationSeconds <= MAX_DURATION_SECONDS ? durationSeconds : undefined,
    ),
  };
};

const some = <K extends string, V>(name: K, value: V | undefined) => (value === undefined ? {} : { [name]: value });
const textOf = (value: string, most: number): string | undefined =>
  value.toWellFormed().trim().slice(0, most).toWellFormed() || undefined;

/**
 * A telephone number without spaces and punctuation, so that numbers can be compared. A number that lost its plus sign
 * in a query string (`?from=+1…` decodes to a space) gets it back. Other text, such as a SIP address, stays as it is.
 */
export const canonicalNumber = (text: string): string => {
  const plus = text.replace(/^ (?=\d)/, '+').trim();
  const bare = plus.replace(/[\s().-]/g, '');
  return /^\+?\d+$/.test(bare) ? bare : plus;
};

/** Linq's id of a chat: a UUID. */
export const CHAT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a canonical number is in E.164: a plus sign and seven to fifteen digits. */
export const isE164 = (number: string): boolean => /^\+[1-9]\d{6,14}$/.test(number);

/** E.164 with any spacing: `+1 (202) 555-0101`. A leading blank counts as a plus sign that a form has decoded. */
const E164 = /^(?: (?=\d)|\s*\+[\s().-]*)[1-9](?:[\s().-]*\d){6,14}[\s().-]*$/;

/**
 * A telephone number in E.164, with any spacing. It is one regular expression, so that an OpenAPI document has the same
 * rule.
 * @param error the message for any other text
 */
export const phoneNumberSchema = (error: string) => z.string().regex(E164, error).transform(canonicalNumber);
