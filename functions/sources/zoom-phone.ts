import * as z from 'zod';
import { badConfiguration } from '../core/model/bad-configuration.ts';
import type { Recording } from '../core/model/recording.ts';
import {
  authentic,
  type Classification,
  refused,
  type SecretRef,
  type Source,
  type WebhookRequest,
} from '../core/ports/source.ts';
import { firstToken } from '../core/source/first-token.ts';
import { orMistakes } from '../core/source/or-mistakes.ts';
import { entriesOf, NOT_JSON, readJson, unreadable } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';
import { NO_VOICEMAILS, type VoicemailOption } from '../core/source/voicemails.ts';

export interface ZoomPhoneOptions extends VoicemailOption {
  /** The event subscription's secret token, which signs the events. */
  secretToken: SecretRef;
  /** The server-to-server OAuth app, whose token opens the recordings. */
  accountId: SecretRef;
  clientId: SecretRef;
  clientSecret: SecretRef;
  /** Hosts of Zoom's API that get the token too, such as the account's vanity host `acme.zoom.us`. */
  apiHosts?: readonly string[];
  /** Further hosts that a download may lead to. The token is never sent to them. */
  hosts?: readonly string[];
}

/**
 * Zoom Phone, `phone.recording_completed` and `phone.voicemail_received`: `v0=` and the hex HMAC-SHA256 over `v0:<timestamp>:<raw body>`.
 * https://developers.zoom.us/docs/api/webhooks/
 */
export const zoomPhone = (options: ZoomPhoneOptions): Source => orMistakes('zoom-phone', () => make(options));

const make = ({
  secretToken,
  accountId,
  clientId,
  clientSecret,
  apiHosts = [],
  hosts = [],
  voicemail = true,
}: ZoomPhoneOptions): Source => ({
  kind: 'zoom-phone',
  secrets: [secretToken],
  covers: { body: true, url: false, time: true, id: false },

  async authenticate(request, { nowMs, read }) {
    const proof = prove(request, nowMs, await read(secretToken));
    return proof.kind === 'signed' ? authentic(request) : refused(proof.reason);
  },

  // Verified like every event: the answer is an HMAC with the signing secret, so a stranger who chose the text could
  // sign events.
  async handshake(request, { nowMs, read }) {
    const proof = prove(request, nowMs, await read(secretToken));
    if (proof.kind !== 'signed') return undefined;
    // Plain JSON.parse suffices: no large integers here.
    const validation = validationSchema.safeParse(readJson(request.body));
    if (!validation.success) return undefined;
    const { plainToken } = validation.data.payload;
    const encryptedToken = hmac('sha256', proof.secret, [plainToken], 'hex');
    const body = JSON.stringify({ plainToken, encryptedToken });
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  },

  classify(event, name) {
    const json = parse(event.body);
    if (json === undefined) return NOT_JSON;
    const typed = typeSchema.safeParse(json);
    if (!typed.success) return unreadable(typed.error);
    const outcome = EVENT_OUTCOMES.get(typed.data.event);
    if (outcome === 'voicemail') return voicemail ? readVoicemail(json, name) : NO_VOICEMAILS;
    if (outcome !== 'act') return { kind: 'ignored', reason: outcome ?? `event ${typed.data.event.slice(0, 100)}` };
    const body = bodySchema.safeParse(json);
    if (!body.success) return unreadable(body.error);
    const { read, unread } = body.data.payload.object.recordings;
    const recordings = read.map((each) => toRecording(each, name));
    return { kind: 'recordings', recordings, ...(unread && { unread }) };
  },

  fetch: {
    // The token goes only to Zoom's API. The file host behind the redirect is also a subdomain of Zoom, with a token of
    // its own.
    hosts: ['zoom.us', '*.zoom.us', ...hosts],
    credentialHosts: [...API_HOSTS, ...apiHosts.map(checkedHost)],
    secrets: [accountId, clientId, clientSecret],
    notYet: [404], // just after the event the file may not exist yet
    async credentials({ media }, { read, exchange }) {
      // Other hosts never get the token, so no token is requested.
      if (media.kind !== 'url' || ![...API_HOSTS, ...apiHosts].includes(new URL(media.url).hostname)) return [];
      const values = await Promise.all([accountId, clientId, clientSecret].map(read));
      const token = await firstToken(values, async ([account = '', id = '', secret = '']) => {
        const answer = tokenSchema.safeParse(await exchange(tokenRequest(account, id, secret)));
        return answer.data?.access_token;
      });
      return token === undefined ? [] : [{ authorization: `Bearer ${token}` }];
    },
  },

  // Zoom retries every other status than 200 and 204 after 5, 20 and 60 minutes, and then stops sending the event. A
  // retry does not help an event that cannot be read. A refused event is retried, since our secret may be wrong.
  statuses: { unreadable: 200 },
});

/** Zoom lists an API host for each of its regions. */
const REGIONS = ['au', 'ca', 'eu', 'in', 'sa', 'sg', 'us'];
const API_HOSTS = ['zoom.us', 'api.zoom.us', ...REGIONS.map((region) => `api-${region}.zoom.us`)];

/** The token goes there, so that it must be Zoom's own. */
const checkedHost = (host: string): string => {
  if (/^([a-z0-9-]+\.)*zoom\.us$/.test(host)) return host;
  throw badConfiguration([
    `apiHosts: must be hosts such as acme.zoom.us, without https://, and one of them is ${host}`,
  ]);
};

/**
 * Zoom documents no tolerance. It retries for 85 minutes, and does not document whether a retry has a new timestamp.
 */
const TOLERANCE_SECONDS = { past: 7200, ahead: 300 };

/** The outcome of each documented event. */
const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['phone.recording_completed', 'act'],
  ['phone.recording_completed_for_access_member', 'the same recording again, for a member with access to it'],
  ['phone.recording_started', 'the recording has only begun'],
  ['phone.recording_stopped', 'the recording has stopped; another event says when it is complete'],
  ['phone.recording_paused', 'the recording is paused'],
  ['phone.recording_resumed', 'the recording goes on'],
  ['phone.recording_failed', 'Zoom could not make the recording'],
  ['phone.recording_deleted', 'the recording was deleted at Zoom'],
  ['phone.recording_transcript_completed', 'a transcript, no audio'],
  ['phone.voicemail_received', 'voicemail'],
  ['phone.voicemail_received_for_access_member', 'the same voicemail again, for a member with access to it'],
  ['phone.voicemail_deleted', 'the voicemail was deleted at Zoom'],
  ['phone.voicemail_transcript_completed', 'a transcript, no audio'],
  ['endpoint.url_validation', 'a validation of the hook URL that has no plainToken to answer'],
]);

type Proof = { kind: 'signed'; secret: string } | { kind: 'unproved'; reason: string };

/** Verifies the signature, and returns the secret that signed: a validation is answered with the same secret. */
const prove = ({ headers, body }: WebhookRequest, nowMs: number, secrets: readonly string[]): Proof => {
  const timestamp = headers['x-zm-request-timestamp'];
  const signature = headers['x-zm-signature'];
  if (!timestamp || !signature)
    return { kind: 'unproved', reason: 'x-zm-request-timestamp and x-zm-signature are needed' };
  if (!/^\d{1,12}$/.test(timestamp))
    return { kind: 'unproved', reason: 'x-zm-request-timestamp is not a number of seconds' };
  const ageSeconds = nowMs / 1000 - Number(timestamp);
  if (ageSeconds > TOLERANCE_SECONDS.past || ageSeconds < -TOLERANCE_SECONDS.ahead)
    return { kind: 'unproved', reason: 'x-zm-request-timestamp is stale' };
  const secret = secrets.find((value) =>
    sameText(signature, `v0=${hmac('sha256', value, [`v0:${timestamp}:`, body], 'hex')}`),
  );
  return secret === undefined
    ? { kind: 'unproved', reason: 'x-zm-signature does not match' }
    : { kind: 'signed', secret };
};

/** Integers beyond 2^53, such as call ids, are kept as text. */
const parse = (body: Uint8Array): unknown => readJson(body, exact);
const exact = (_key: string, value: unknown, context?: { source?: string }): unknown =>
  Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? value) : value;

const validationSchema = z.object({
  event: z.literal('endpoint.url_validation'),
  // With a colon, the text could be exactly what an event's signature covers.
  payload: z.object({ plainToken: z.string().regex(/^[^:]{1,512}$/) }),
});
const typeSchema = z.object({ event: z.string().min(1) });

const label = z.union([z.string().trim(), z.number().transform(String)]).pipe(z.string().min(1).max(256));
const recordingSchema = z.object({
  id: z.string({ error: 'is missing' }).min(1).max(512),
  download_url: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192),
  // Optional facts: a memo must not be lost because one of them cannot be read.
  call_id: label.optional().catch(undefined),
  caller_number: label.optional().catch(undefined),
  callee_number: label.optional().catch(undefined),
  direction: z.enum(['inbound', 'outbound']).optional().catch(undefined),
  duration: z.number().nonnegative().optional().catch(undefined),
});
const bodySchema = z.object({
  payload: z.object({ object: z.object({ recordings: entriesOf(recordingSchema) }) }),
});

const voicemailSchema = z.object({ payload: z.object({ object: recordingSchema }) });

/** The event is about one voicemail, and says no direction: somebody has called. */
const readVoicemail = (json: unknown, source: string): Classification => {
  const event = voicemailSchema.safeParse(json);
  if (!event.success) return unreadable(event.error);
  const recording = toRecording({ ...event.data.payload.object, direction: 'inbound' }, source);
  return { kind: 'recordings', recordings: [recording] };
};

const toRecording = (recording: z.infer<typeof recordingSchema>, source: string): Recording => ({
  source,
  id: recording.id,
  ...(recording.call_id && { callId: recording.call_id }),
  ...(recording.caller_number && { from: recording.caller_number }),
  ...(recording.callee_number && { to: recording.callee_number }),
  ...(recording.direction && { direction: recording.direction }),
  ...(recording.duration !== undefined && { durationSeconds: recording.duration }),
  media: { kind: 'url', url: recording.download_url },
});

const tokenSchema = z.object({ access_token: z.string().min(1) });
const tokenRequest = (account: string, id: string, secret: string) => ({
  url: 'https://zoom.us/oauth/token',
  headers: {
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  },
  body: new URLSearchParams({ grant_type: 'account_credentials', account_id: account }).toString(),
});
