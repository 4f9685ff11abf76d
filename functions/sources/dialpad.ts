import * as z from 'zod';
import type { Parties, Recording } from '../core/model/recording.ts';
import { authentic, type Classification, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { entriesOf, fact, readJson, unreadable } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';
import { NO_VOICEMAILS, type VoicemailOption } from '../core/source/voicemails.ts';

export interface DialpadOptions extends VoicemailOption {
  /** The secret that the webhook was made with. Without a secret Dialpad sends plain JSON, which is refused. */
  webhookSecret: SecretRef;
  /** An API key that opens recordings, and makes share links for recordings that the key does not open. */
  apiKey: SecretRef;
  /**
   * Which recordings become memos where a talk is recorded twice: by an administrator (`admincallrecording`), and by the person who took
   * the call (`callrecording`). @default all types
   */
  recordingTypes?: readonly (typeof TYPES)[number][];
  /**
   * One memo of a talk that is recorded in both ways, also where Dialpad reports it as two calls that name each other. The type that comes
   * first is sent. Off by default: after a transfer the two types may be of different parts of the talk. @default false
   */
  oneMemoPerTalk?: boolean;
  /** Further hosts that recordings come from. The API key is never sent to them. */
  hosts?: readonly string[];
}

/**
 * Dialpad call events: the whole body is a compact JWT, HS256. The JWT may have no expiry, so the recording's id
 * stops a replay. Our own statuses fit: Dialpad retries only after 5xx, after 2, 4 and 8 seconds, and never turns a
 * webhook off. https://developers.dialpad.com/docs/call-events
 */
export const dialpad = ({
  webhookSecret,
  apiKey,
  recordingTypes,
  oneMemoPerTalk = false,
  hosts = [],
  voicemail = true,
}: DialpadOptions): Source => ({
  kind: 'dialpad',
  secrets: [webhookSecret],
  covers: { body: true, url: false, time: false, id: false },

  async authenticate(request, { read }) {
    const { signed, header, signature } = partsOf(request.body);
    if (!signature) return refused('the body is no JWT: was the webhook made with a secret?');
    if (!headerSchema.safeParse(parse(header)).success) return refused('the JWT is not of HS256');
    // Compared as text: base64 decoders ignore line breaks, padding and the last bits.
    const matches = (await read(webhookSecret)).map((secret) =>
      sameText(signature, Buffer.from(hmac('sha256', secret, [signed], 'hex'), 'hex').toString('base64url')),
    );
    return matches.includes(true) ? authentic(request) : refused("the JWT's signature does not match");
  },

  classify(event, name) {
    const claims = parse(partsOf(event.body).claims);
    if (claims === undefined) return { kind: 'unreadable', reason: "the JWT's claims are not JSON in UTF-8" };
    const named = stateSchema.safeParse(claims);
    if (!named.success) return unreadable(named.error);
    const { state } = named.data;
    if (state === 'voicemail_uploaded') return voicemail ? readVoicemail(claims, name) : NO_VOICEMAILS;
    if (state !== 'recording') return { kind: 'ignored', reason: IGNORED.get(state) ?? `state ${state.slice(0, 100)}` };
    const call = callSchema.safeParse(claims);
    if (!call.success) return unreadable(call.error);
    const { unread } = call.data.recording_details;
    const each = toRecordings(call.data, name);
    const all = oneMemoPerTalk ? ofOneTalk(each, call.data) : each;
    const recordings = all.filter(({ reference }) => isWanted(recordingTypes, reference?.type));
    if (recordings.length === 0 && all.length > 0)
      return { kind: 'ignored', reason: 'no recording of a type that recordingTypes in bridge.config.ts names' };
    return { kind: 'recordings', recordings, ...(unread && { unread }) };
  },

  fetch: {
    hosts: [HOST, ...hosts],
    credentials: async (_recording, { read }) =>
      (await read(apiKey)).map((key) => ({ authorization: `Bearer ${key}` })),
    credentialHosts: [HOST],
    secrets: [apiKey],
    loginPath: '/login', // a key without the permission is redirected here with 302, and then gets 200
    whenRefused: 'is the API key valid, of this company, and has it the scope recordings_export?',
    notYet: [404],
    // According to reports, administrators' recordings open only by a share link. The link is for this one download.
    freshUrl: ({ id, reference }) => ({
      url: SHARE_LINKS,
      post: {
        recording_id: reference?.recording ?? id,
        recording_type: reference?.type ?? USUAL_TYPE,
        privacy: 'company',
      },
      read: (json) => {
        const link = shareLinkSchema.safeParse(json).data;
        return link && { url: link.access_link, deleteAt: `${SHARE_LINKS}/${encodeURIComponent(link.id)}` };
      },
    }),
  },
});

const HOST = 'dialpad.com';
const SHARE_LINKS = `https://${HOST}/api/v2/recordingsharelink`;
const shareLinkSchema = z.object({ access_link: z.url(), id: z.string().min(1).max(256) });
/** The types of recordings that may have a share link. */
const TYPES = ['admincallrecording', 'callrecording', 'voicemail'] as const;
const USUAL_TYPE = 'admincallrecording';

/** The other states that a subscription may include. */
const IGNORED: ReadonlyMap<string, string> = new Map([
  ['calling', 'the call has only begun'],
  ['ringing', 'the call has only begun'],
  ['connected', 'the call is going on'],
  ['hangup', 'the call has ended: its recording comes with the state recording'],
  ['missed', 'nobody took the call'],
  ['voicemail', 'the call reached the voicemail; what was said comes with the state voicemail_uploaded'],
  ['call_transcription', 'a transcript'],
  ['dispositions', 'a note that somebody wrote about the call'],
  ['recap_summary', 'a recap'],
  ['recap_action_items', 'a recap'],
  ['recap_outcome', 'a recap'],
  ['recap_purposes', 'a recap'],
]);

const headerSchema = z.object({ alg: z.literal('HS256') });
const stateSchema = z.object({ state: z.string({ error: 'is missing' }).min(1) });

const text = fact(z.string().max(256));
const SCOPE = 'was the subscription made with an API key that has the scope recordings_export?';
const idSchema = z
  .string({ error: 'is missing' })
  .max(512)
  .regex(/^[^\s/:]+$/, 'must be an id, and no URL');
/** Dialpad documents all of these as optional. The URL is present if the subscription's key may export recordings. */
const detailSchema = z
  .object({
    id: idSchema,
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
      .max(8192)
      .nullish(),
    recording_type: fact(z.enum(TYPES)),
    /** In milliseconds, with a fraction. */
    duration: fact(z.number().nonnegative()),
  })
  // A share link needs the recording's id and type, which cannot be guessed.
  .refine(({ url, recording_type: type }) => url != null || type != null, {
    path: ['url'],
    message: `is missing, and so is recording_type: ${SCOPE}`,
  });
/** A call of the same talk: of a transfer, a call center, an operator. Public code reads all of them, since none is on every call. */
const otherCall = fact(z.string().regex(/^[1-9]\d{0,19}$/));
const callSchema = z.object({
  master_call_id: otherCall,
  entry_point_call_id: otherCall,
  operator_call_id: otherCall,
  call_id: z.string({ error: 'is missing' }).regex(/^\d{1,20}$/, 'must be a whole number'),
  direction: text,
  external_number: text,
  internal_number: text,
  recording_details: entriesOf(detailSchema, `is missing: ${SCOPE}`),
});
type Call = z.infer<typeof callSchema>;

const toRecordings = (call: Call, source: string): Recording[] =>
  call.recording_details.read.map(({ id, url, duration, recording_type: type = typeIn(url) }) => ({
    source,
    id,
    callId: call.call_id,
    ...partiesOf(call),
    ...(duration != null && { durationSeconds: Math.round(duration) / 1000 }),
    media: url == null ? { kind: 'ask' } : { kind: 'url', url },
    ...(type && { reference: { type } }),
  }));

/** Names the talk in each recording of a known type; an administrator's comes first, since it has the whole call. */
const ofOneTalk = (recordings: readonly Recording[], call: Call): Recording[] => {
  const linked = [call.master_call_id, call.entry_point_call_id, call.operator_call_id].filter((id) => id != null);
  const ids = [...new Set([call.call_id, ...linked])];
  const named = recordings.map((recording): Recording => {
    const kind = recording.reference?.type;
    return kind === undefined || kind === 'voicemail' ? recording : { ...recording, talk: { kind, ids } };
  });
  const rank = ({ talk }: Recording) => (talk?.kind === USUAL_TYPE ? 0 : 1);
  return named.toSorted((one, other) => rank(one) - rank(other));
};

/** A recording whose type is not known is wanted. */
const isWanted = (types: DialpadOptions['recordingTypes'], type: string | undefined): boolean =>
  types === undefined || type === undefined || types.some((each) => each === type);

const voicemailSchema = z.object({
  ...callSchema.omit({ recording_details: true }).shape,
  voicemail_link: detailSchema.shape.url,
  voicemail_recording_id: fact(idSchema),
});

/** Public code reads a link, mostly an id beside it, and an empty list of recordings. */
const readVoicemail = (claims: unknown, source: string): Classification => {
  const event = voicemailSchema.safeParse(claims);
  if (!event.success) return unreadable(event.error);
  const { voicemail_link: url, voicemail_recording_id: given } = event.data;
  const known = given ?? /\/voicemail\/([^\s/:]{1,512})$/.exec(url ? new URL(url).pathname : '')?.[1];
  if (!url && !known)
    return { kind: 'unreadable', reason: `voicemail_link: is missing, and so is voicemail_recording_id: ${SCOPE}` };
  const recording: Recording = {
    source,
    id: known ?? `voicemail-${event.data.call_id}`,
    callId: event.data.call_id,
    ...partiesOf(event.data),
    media: url ? { kind: 'url', url } : { kind: 'ask' },
    reference: { type: 'voicemail', ...(known && { recording: known }) },
  };
  return { kind: 'recordings', recordings: [recording] };
};

/** As in `/blob/adminrecording/<id>.mp3` and `/secureblob/callrecording/<id>`. */
const typeIn = (url: string | null | undefined): (typeof TYPES)[number] | undefined => {
  const path = url && URL.canParse(url) ? new URL(url).pathname : '';
  return /\/callrecording\//.test(path) ? 'callrecording' : /\/voicemail\//.test(path) ? 'voicemail' : undefined;
};

const partiesOf = ({
  direction,
  external_number: outside,
  internal_number: ours,
}: Omit<Call, 'recording_details'>): Parties => {
  if (direction !== 'inbound' && direction !== 'outbound') return {};
  const [from, to] = direction === 'inbound' ? [outside, ours] : [ours, outside];
  return { direction, ...(from && { from }), ...(to && { to }) };
};

/** The parts of a compact JWT, byte for byte; all empty where the body is no JWT. */
const partsOf = (body: Uint8Array) => {
  const form = /^((?<header>[\w-]+)\.(?<claims>[\w-]*))\.(?<signature>[\w-]+)$/.exec(
    Buffer.from(body).toString('latin1'),
  );
  const { header = '', claims = '', signature = '' } = form?.groups ?? {};
  return { signed: form?.[1] ?? '', header, claims, signature };
};

/** JSON in UTF-8 from base64url, or undefined. Numeric ids are kept as text, since some are near 2^53. */
const parse = (part: string): unknown => readJson(Buffer.from(part, 'base64url'), idAsText);
const idAsText = (key: string, value: unknown, context?: { source?: string }): unknown =>
  /(^|_)id$/.test(key) && typeof value === 'number' ? context?.source : value;
