import * as z from 'zod';
import type { Parties, Recording } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { fact, readJson, unreadable } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';

export interface CallRailOptions {
  /** The signing key of the company. Each company has its own, so the secret may have several values. */
  signingKey: SecretRef;
  /** Further hosts that recordings come from, or are redirected to. */
  hosts?: readonly string[];
}

/**
 * CallRail: base64 HMAC-SHA1 over the body. Its `timestamp` is the start of the call, which may be long before the
 * event, so the call's id stops a replay. https://apidocs.callrail.com/#webhooks
 */
export const callrail = ({ signingKey, hosts = [] }: CallRailOptions): Source => ({
  kind: 'callrail',
  secrets: [signingKey],
  covers: { body: true, url: false, time: false, id: false },

  async authenticate(request, { read }) {
    const { signature } = request.headers;
    if (!signature) return refused('signature is needed');
    const keys = await read(signingKey);
    const matches = keys.map((key) => sameText(signature, hmac('sha1', key, [request.body], 'base64')));
    return matches.includes(true) ? authentic(request) : refused('signature does not match');
  },

  classify(event, name) {
    const body = z.looseObject({}).safeParse(parse(event.body));
    if (!body.success) return { kind: 'unreadable', reason: 'the body is not a JSON object in UTF-8' };
    const type = new URL(event.url).searchParams.get('event') ?? typeByShape(body.data);
    if (type === undefined)
      return { kind: 'ignored', reason: 'neither ?event= nor the body says that the call has ended' };
    if (!ACTED_ON.includes(type))
      return { kind: 'ignored', reason: IGNORED.get(type) ?? `event ${type.slice(0, 100)}` };
    const call = callSchema.safeParse(body.data);
    if (!call.success) return unreadable(call.error);
    const { recording } = call.data;
    if (recording) return { kind: 'recordings', recordings: [toRecording(call.data, recording, name)] };
    if (type.endsWith('call_modified')) return { kind: 'ignored', reason: 'a change to a call without a recording' };
    return { kind: 'not-ready', reason: 'the call has no recording; Call Modified would bring a late one' };
  },

  fetch: { hosts: [...OWN_HOSTS, ...MEDIA_HOSTS, ...hosts], notYet: [404] },

  // CallRail does not retry, and switches a webhook off after repeated failures. So an event that cannot be read is
  // acknowledged and logged. Only an event that is not authentic is refused.
  statuses: { unreadable: 200 },
});

/** The second host is CallRail's for agencies whose customers must not see the name CallRail. No credential goes to either. */
const OWN_HOSTS = ['app.callrail.com', 'microsite.callreports.com'];

/** The target of the redirects from `recording` is not documented. Links to S3 were reported for some accounts. */
const MEDIA_HOSTS = ['*.s3.amazonaws.com', '*.s3.us-east-1.amazonaws.com'];

/** The body does not name its event. These are the values of `?event=` on the hook URL. */
const ACTED_ON: readonly string[] = ['post_call', 'call_modified', 'outbound_post_call', 'outbound_call_modified'];
const IGNORED: ReadonlyMap<string, string> = new Map([
  ['pre_call', 'the call has only begun'],
  ['call_routing_complete', 'the call is still going on'],
  ['text_message', 'a text, no call'],
  ['form_submission', 'a form, no call'],
]);

const typeByShape = (body: Readonly<Record<string, unknown>>): string | undefined => {
  if (Array.isArray(body.changes)) return 'call_modified';
  return body.recording != null || body.duration != null ? 'post_call' : undefined;
};

const text = fact(z.string().trim().max(256));
const seconds = fact(z.union([z.string(), z.number()]));
const callSchema = z.object({
  id: z.string({ error: 'is missing' }).regex(/^[A-Za-z0-9_-]{1,100}$/, 'must be a number, or letters and digits'),
  resource_id: fact(z.string().max(512)),
  customer_phone_number: text,
  tracking_phone_number: text,
  direction: text,
  recording: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ }).max(8192)], { error: 'must be an http(s) URL' })
    .nullish(),
  recording_duration: seconds,
  duration: seconds,
});

const toRecording = (call: z.infer<typeof callSchema>, url: string, source: string): Recording => {
  const length = Number.parseFloat(String(call.recording_duration ?? call.duration));
  return {
    source,
    id: call.id,
    callId: call.resource_id || call.id,
    ...partiesOf(call),
    ...(length >= 0 && Number.isFinite(length) && { durationSeconds: length }),
    media: { kind: 'url', url },
  };
};

const partiesOf = (call: z.infer<typeof callSchema>): Parties => {
  const { customer_phone_number: customer, tracking_phone_number: tracking, direction } = call;
  if (direction !== 'inbound' && direction !== 'outbound') return {};
  const [from, to] = direction === 'inbound' ? [customer, tracking] : [tracking, customer];
  return { ...(from && { from }), ...(to && { to }), direction };
};

const parse = (body: Uint8Array): unknown => readJson(body, idAsText);
/** Ids are kept as text: beyond 2^53 a number loses digits. */
const idAsText = (key: string, value: unknown, context?: { source?: string }): unknown =>
  key === 'id' && typeof value === 'number' ? context?.source : value;
