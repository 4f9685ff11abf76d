import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import {
  authentic,
  type Classification,
  refused,
  type SecretRef,
  type Source,
  type WebhookRequest,
} from '../core/ports/source.ts';
import { fact, readJson, unreadable } from '../core/source/read-json.ts';
import { formSignatureMatches, hmac, sameText } from '../core/source/signature.ts';

export interface SignalWireOptions {
  /** The project's signing key, `PSK_…`. It is not the API token. */
  signingKey: SecretRef;
  /** The format of cXML recordings. The format of SWML recordings is set in `record_call`. */
  format?: 'mp3' | 'wav';
  /** Further hosts, for recordings in your own storage. */
  hosts?: readonly string[];
}

/**
 * SignalWire, cXML's `recordingStatusCallback` and SWML's `status_url`: HMAC-SHA1 over the URL and the sorted form, in
 * base64, or over the URL and a JSON body, in hex. There is no timestamp; the recording's id stops a replay. Delivery
 * is "best effort", without retries, so our own statuses fit.
 * https://signalwire.com/docs/swml/reference/calling/record-call
 */
export const signalwire = ({ signingKey, format = 'mp3', hosts = [] }: SignalWireOptions): Source => ({
  kind: 'signalwire',
  secrets: [signingKey],
  covers: { body: true, url: true, time: false, id: false },

  async authenticate(request, { read }) {
    const signature = request.headers[SIGNATURE];
    if (!signature) return refused(`${SIGNATURE} is needed`);
    const json = signedAsJson(request);
    for (const key of await read(signingKey)) {
      const matches = json
        ? sameText(signature, hmac('sha1', key, [request.url, request.body], 'hex'))
        : formSignatureMatches(key, signature, request.url, request.body);
      if (matches) return authentic(request);
    }
    return refused(`${SIGNATURE} does not match: is PUBLIC_URL what SignalWire was given?`);
  },

  classify(event, name) {
    const body = signedAsJson(event) ? readObject(event.body) : readForm(event);
    if (!body) return { kind: 'unreadable', reason: "the body is neither a form of SignalWire's nor a JSON object" };
    return body.event_type === undefined ? classifyCallback(body, name, format) : classifyRelay(body, name);
  },

  // Recordings are public at long random URLs, so no credential is sent.
  fetch: { hosts: ['*.signalwire.com', ...hosts], notYet: [404] },
});

const SIGNATURE = 'x-signalwire-signature';

/** The form of the signature shows which kind of body it covers. The content type is not signed. */
const signedAsJson = ({ headers }: WebhookRequest): boolean => /^[0-9a-f]{40}$/.test(headers[SIGNATURE] ?? '');

type Body = Readonly<Record<string, unknown>>;

/** The outcome of each documented RecordingStatus (cXML). */
const STATUSES: ReadonlyMap<string, string> = new Map([
  ['completed', 'act'],
  ['in-progress', 'the recording has only begun'],
  ['absent', 'there is no recording: too short or silent'],
  ['failed', 'SignalWire could not make the recording'],
]);

/** The outcome of each documented state of `calling.call.record` (SWML, RELAY). */
const STATES: ReadonlyMap<string, string> = new Map([
  ['finished', 'act'],
  ['recording', 'the recording has only begun'],
  ['paused', 'the recording is paused'],
  ['no_input', 'there is no recording: nobody spoke'],
  ['error', 'SignalWire could not make the recording'],
]);

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192);
// The complete form of an id: names and values are signed without a mark between them, so an attacker with one callback
// could extend this value by the next name, and the same recording would get another id.
const uuid = z.guid({ error: 'must be a UUID' });

const callbackSchema = z.object({
  RecordingSid: uuid,
  RecordingUrl: httpUrl,
  CallSid: fact(z.string().max(512)),
  RecordingDuration: fact(z.coerce.string()),
});

const classifyCallback = (body: Body, source: string, format: string): Classification => {
  if (body.RecordingStatus === undefined && body.CallStatus !== undefined && !body.RecordingSid) {
    return { kind: 'ignored', reason: 'a call event without a recording' };
  }
  const status = z.string().min(1).safeParse(body.RecordingStatus);
  if (!status.success)
    return { kind: 'unreadable', reason: 'RecordingStatus: is missing; use recordingStatusCallback or status_url' };
  const outcome = STATUSES.get(status.data);
  if (outcome !== 'act') return { kind: 'ignored', reason: outcome ?? `RecordingStatus ${status.data.slice(0, 100)}` };
  const callback = callbackSchema.safeParse(body);
  if (!callback.success) return unreadable(callback.error);
  const { RecordingSid, RecordingUrl, CallSid, RecordingDuration } = callback.data;
  const seconds = Number.parseInt(RecordingDuration ?? '', 10);
  const recording: Recording = {
    source,
    id: RecordingSid,
    ...(CallSid && { callId: CallSid }),
    ...(seconds >= 0 && { durationSeconds: seconds }),
    media: { kind: 'url', url: inFormat(RecordingUrl, format) },
  };
  return { kind: 'recordings', recordings: [recording] };
};

const relaySchema = z.object({
  event_type: z.string().min(1),
  params: z.looseObject({ state: z.string().min(1), record: z.looseObject({}).nullish() }),
});
const relayRecordingSchema = z
  .object({
    call_id: z.string().min(1).max(200),
    recording_id: fact(uuid),
    control_id: fact(z.string().min(1).max(200)),
    url: httpUrl,
    duration: fact(z.number().nonnegative()),
  })
  .refine((recording) => recording.recording_id ?? recording.control_id, {
    path: ['recording_id'],
    error: 'is missing',
  });

const classifyRelay = (body: Body, source: string): Classification => {
  if (body.event_type === 'calling.conference') return classifyConference(body, source);
  if (typeof body.event_type === 'string' && body.event_type !== 'calling.call.record')
    return { kind: 'ignored', reason: `event_type ${body.event_type.slice(0, 100)}` };
  const event = relaySchema.safeParse(body);
  if (!event.success) return unreadable(event.error);
  const { params } = event.data;
  const outcome = STATES.get(params.state);
  if (outcome !== 'act') return { kind: 'ignored', reason: outcome ?? `state ${params.state.slice(0, 100)}` };
  // The facts about the audio are in `params`, or in its `record`: the documentation shows both.
  const found = relayRecordingSchema.safeParse({ ...params.record, ...params });
  if (!found.success) return unreadable(found.error, 'params.');
  const { call_id, recording_id, control_id, url, duration } = found.data;
  const recording: Recording = {
    source,
    // A script may choose its control id, the same in each call.
    id: recording_id ?? `${call_id}:${control_id}`,
    callId: call_id,
    ...(duration != null && { durationSeconds: duration }),
    media: { kind: 'url', url },
  };
  return { kind: 'recordings', recordings: [recording] };
};

const conferenceSchema = z.object({
  params: z.object({ conference_id: z.string().min(1).max(200), status: z.string().min(1) }),
});
const conferenceRecordingSchema = z.object({
  recording_url: httpUrl,
  recording_duration: fact(z.number().nonnegative()),
});

/** The events of SWML's `join_conference`. The end of the recording and the end of the conference may both name the recording. */
const classifyConference = (body: Body, source: string): Classification => {
  const event = conferenceSchema.safeParse(body);
  if (!event.success) return unreadable(event.error);
  const { conference_id: conference, status } = event.data.params;
  const params = z.looseObject({}).parse(body.params);
  if (status !== 'record-stop' && !(status === 'conference-end' && params.recording_url))
    return { kind: 'ignored', reason: `a conference's ${status.slice(0, 100)}` };
  const found = conferenceRecordingSchema.safeParse(params);
  if (!found.success) return unreadable(found.error, 'params.');
  const { recording_url: url, recording_duration: seconds } = found.data;
  const recording: Recording = {
    source,
    id: conferenceRecordingId(conference, new URL(url).pathname),
    callId: conference,
    ...(seconds != null && { durationSeconds: seconds }),
    media: { kind: 'url', url },
  };
  return { kind: 'recordings', recordings: [recording] };
};

/** No field has the recording's id, and a conference may be recorded twice. So the id comes from the URL's path: its last UUID, else a hash. */
const conferenceRecordingId = (conference: string, path: string): string => {
  const own = path
    .match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi)
    ?.at(-1)
    ?.toLowerCase();
  return `${conference}:${own ?? createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
};

/** The URL of a cXML recording gives a WAV unless it has an extension. URLs of your own storage stay unchanged. */
const inFormat = (text: string, format: string): string => {
  const url = new URL(text);
  if (url.hostname.endsWith('.signalwire.com') && /\/Recordings\/[^/.]+$/.test(url.pathname))
    url.pathname += `.${format}`;
  return url.href;
};

const readForm = ({ method, url, body }: WebhookRequest): Body | undefined => {
  const text = method === 'GET' ? new URL(url).search : new TextDecoder().decode(body);
  const form = Object.fromEntries(new URLSearchParams(text));
  // Nothing marks the end of the signed URL either: an attacker with one callback could move the URL's query, and with
  // it the chat, into the form as the first name. Such a name sorts before SignalWire's own. A JSON body would also be
  // such a name.
  return Object.keys(form).every((name) => /^[A-Za-z]/.test(name)) ? form : undefined;
};

const readObject = (body: Uint8Array): Body | undefined =>
  z.record(z.string(), z.unknown()).safeParse(readJson(body)).data;
