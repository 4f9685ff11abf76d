import * as z from 'zod';
import type { Parties, Recording } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { fact, readJson, unreadable } from '../core/source/read-json.ts';
import { sameText } from '../core/source/signature.ts';

export interface AircallOptions {
  /** The webhook's token, which every event has in its body. */
  webhookToken: SecretRef;
  /** An API key, as id and token: for a fresh URL where the event's has expired. */
  apiId: SecretRef;
  apiToken: SecretRef;
  /** Further hosts that recordings come from. The API key is never sent to them. */
  hosts?: readonly string[];
}

/**
 * Aircall: a token in the body and no signature, so that nothing else in the event is verified. The call's id stops a
 * replay. https://developer.aircall.io/tutorials/webhooks-guide/
 */
export const aircall = ({ webhookToken, apiId, apiToken, hosts = [] }: AircallOptions): Source => ({
  kind: 'aircall',
  secrets: [webhookToken],
  covers: { body: false, url: false, time: false, id: false },

  async authenticate(request, { read }) {
    // Plain JSON.parse: anybody may send a body, and a parse that keeps large integers takes a third of a second for a mebibyte.
    const carried = tokenSchema.safeParse(readJson(request.body));
    if (!carried.success) return refused('token is needed in the JSON body');
    const matches = (await read(webhookToken)).map((token) => sameText(carried.data.token, token));
    return matches.includes(true) ? authentic(request) : refused('token does not match');
  },

  classify(event, name) {
    const json = parse(event.body);
    const named = namedSchema.safeParse(json);
    if (!named.success) return unreadable(named.error);
    const type = named.data.event;
    if (type === 'call.ended') return { kind: 'not-ready', reason: 'call.comm_assets_generated brings the recording' };
    if (!ACTED_ON.includes(type))
      return { kind: 'ignored', reason: IGNORED.get(type) ?? `event ${type.slice(0, 100)}` };
    const body = bodySchema.safeParse(json);
    if (!body.success) return unreadable(body.error);
    const recordings = toRecordings(body.data.data, name);
    if (recordings.length === 0) return { kind: 'ignored', reason: 'a call without a recording or voicemail' };
    return { kind: 'recordings', recordings };
  },

  fetch: {
    hosts: [API_HOST, ...MEDIA_HOSTS, ...hosts],
    async credentials(_recording, { read }) {
      const [ids, tokens] = [await read(apiId), await read(apiToken)]; // the two halves of a key have the same position
      return ids.slice(0, tokens.length).map((id, index) => ({
        authorization: `Basic ${Buffer.from(`${id}:${tokens[index]}`).toString('base64')}`,
      }));
    },
    credentialHosts: [API_HOST],
    secrets: [apiId, apiToken],
    notYet: [404],
    freshUrl: ({ callId = '', reference }) => ({
      url: `https://${API_HOST}/v1/calls/${encodeURIComponent(callId)}`,
      read: (json) => freshIn(json, reference?.asset === 'voicemail'),
    }),
  },

  // Aircall turns a webhook off after 10 or 50 failures in a row (reports differ), and a person must turn it on again.
  // So an event that cannot be read is acknowledged and logged: a retry would not help. A wrong token is still refused.
  statuses: { unreadable: 200 },
});

const API_HOST = 'api.aircall.io';
/** The hosts of presigned URLs that were seen. Aircall's documentation names no hosts. */
const MEDIA_HOSTS = ['*.s3.amazonaws.com', '*.s3.us-west-2.amazonaws.com'];

const ACTED_ON: readonly string[] = ['call.comm_assets_generated', 'call.voicemail_left'];
const IGNORED: ReadonlyMap<string, string> = new Map([
  ['call.hungup', 'the call has only been hung up: its recording comes later'],
]);

const tokenSchema = z.object({ token: z.string().min(1) });
const namedSchema = z.object({ event: z.string({ error: 'is missing' }).min(1) });

const audioUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .max(8192)
  .nullish();
const text = fact(z.string().max(256));
const callSchema = z.object({
  id: z.string({ error: 'is missing' }).regex(/^\d{1,20}$/, 'must be a whole number'),
  recording: audioUrl,
  voicemail: audioUrl,
  direction: fact(z.string()),
  raw_digits: text,
  number: fact(z.object({ digits: text })),
  duration: fact(z.number().nonnegative()),
});
type Call = z.infer<typeof callSchema>;
const bodySchema = z.object({ data: callSchema });

const answerSchema = z.object({ call: callSchema.pick({ recording: true, voicemail: true }) });
const freshIn = (json: unknown, voicemail: boolean): string | undefined => {
  const call = answerSchema.safeParse(json).data?.call;
  return (voicemail ? call?.voicemail : call?.recording) ?? undefined;
};

/** A call has at most one recording and one voicemail. Two events may bring the same voicemail. */
const toRecordings = (call: Call, source: string): Recording[] => {
  const common = { source, callId: call.id, ...partiesOf(call) };
  const { recording, voicemail, duration } = call;
  return [
    ...(recording
      ? [{ ...common, id: call.id, ...(duration != null && { durationSeconds: duration }), media: at(recording) }]
      : []),
    // `duration` is the call's, not the message's.
    ...(voicemail
      ? [{ ...common, id: `${call.id}-voicemail`, reference: { asset: 'voicemail' }, media: at(voicemail) }]
      : []),
  ];
};
const at = (url: string) => ({ kind: 'url' as const, url });

/** `raw_digits` is the external number in both directions. `anonymous` is no number. */
const partiesOf = ({ direction, raw_digits, number }: Call): Parties => {
  if (direction !== 'inbound' && direction !== 'outbound') return {};
  const outside = raw_digits === 'anonymous' ? undefined : raw_digits;
  const [from, to] = direction === 'inbound' ? [outside, number?.digits] : [number?.digits, outside];
  return { direction, ...(from && { from }), ...(to && { to }) };
};

/** JSON in UTF-8, or undefined. Numeric ids are kept as text, since a call's id may exceed 2^53. */
const parse = (body: Uint8Array): unknown => readJson(body, idAsText);
const idAsText = (key: string, value: unknown, context?: { source?: string }): unknown =>
  key === 'id' && typeof value === 'number' ? context?.source : value;
