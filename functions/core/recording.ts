import * as z from 'zod';

/** No lone surrogates, which JSON may hold: nothing else can carry them, and a URL made of them throws. */
const text = z.string().refine((value) => value.isWellFormed(), 'must be text');

/** Who called whom. Numbers are E.164 where the source gives them so. */
export const partiesSchema = z.object({
  from: text.min(1).max(256).exactOptional(),
  to: text.min(1).max(256).exactOptional(),
  direction: z.enum(['inbound', 'outbound']).exactOptional(),
});
export type Parties = z.infer<typeof partiesSchema>;

/** Where the bytes are: at a URL, at the source that must be asked for one, or in our bucket (inline audio, an upload). */
const mediaSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('url'),
    url: z
      .url()
      .max(8192)
      .refine((url) => url.isWellFormed(), 'must be text'),
  }),
  z.object({ kind: z.literal('ask') }),
  z.object({ kind: z.literal('inbox'), key: z.string().startsWith('inbox/').max(1024) }),
]);
export type Media = z.infer<typeof mediaSchema>;

/** One finished call's audio, as its source describes it. */
export const recordingSchema = z.object({
  /** The source's name in the configuration. */
  source: z.string().min(1).max(64),
  /** Stable over retries of the event, different for another recording, never a URL. */
  id: text.min(1).max(512),
  callId: text.min(1).max(512).exactOptional(),
  ...partiesSchema.shape,
  durationSeconds: z.number().nonnegative().exactOptional(),
  /** The chat that the event itself names; it wins over routes. */
  chat: z.guid().exactOptional(),
  media: mediaSchema,
  /** What only the source itself understands when the audio is fetched: an account id, say. Never a secret. */
  reference: z.record(z.string().max(64), text.max(1024)).exactOptional(),
});
export type Recording = z.infer<typeof recordingSchema>;

/** A week: no call is longer, and DynamoDB holds no number of any size. */
const MAX_DURATION_SECONDS = 7 * 24 * 60 * 60;

/** A length that no call has is left out: what is heard decides, and not what was said of it. */
export const withPlausibleDuration = <T extends Pick<Recording, 'durationSeconds'>>(recording: T): T => {
  const { durationSeconds: seconds = 0 } = recording;
  if (seconds >= 0 && seconds <= MAX_DURATION_SECONDS) return recording;
  const { durationSeconds: _, ...rest } = recording;
  return rest as T; // the property is optional
};

/**
 * A telephone number without its ornaments, so that routes and rows compare equal. A number that lost its plus sign in a
 * query string (`?from=+1…` decodes to a space) gets it back. Anything else, a SIP address or an extension, stays as it is.
 */
export const canonicalNumber = (text: string): string => {
  const plus = text.replace(/^ (?=\d)/, '+').trim();
  const bare = plus.replace(/[\s().-]/g, '');
  return /^\+?\d+$/.test(bare) ? bare : plus;
};
