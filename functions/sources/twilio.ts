import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Parties, Recording } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source, type WebhookRequest } from '../core/ports/source.ts';
import { objectIn } from '../core/source/object-url.ts';
import { fact, unreadable } from '../core/source/read-json.ts';
import { formSignatureMatches, sameText } from '../core/source/signature.ts';

export interface TwilioOptions {
  /** The account's auth token: it signs the callbacks and opens the recordings. */
  authToken: SecretRef;
  /**
   * A SharedKey's secret, where a Webhooks Rule of Twilio signs with it. Without such a rule Twilio signs with the auth
   * token.
   */
  sharedKey?: SecretRef;
  /** `mp3` is small. A `wav` exceeds Linq's ten megabytes after ten minutes. */
  format?: 'mp3' | 'wav';
  /** Further hosts, for recordings in your own storage that needs no permission. The credentials are never sent to them. */
  hosts?: readonly string[];
}

/**
 * Twilio Voice, `recordingStatusCallback`: base64 HMAC-SHA1 over the URL and the sorted form, or over a URL that
 * carries `bodySHA256` for JSON; HMAC-SHA256 where a Webhooks Rule names a SharedKey. There is no timestamp; the
 * recording's id stops a replay. https://www.twilio.com/docs/usage/security
 */
export const twilio = ({ authToken, sharedKey, format = 'mp3', hosts = [] }: TwilioOptions): Source => ({
  kind: 'twilio',
  secrets: sharedKey ? [authToken, sharedKey] : [authToken],
  covers: { body: true, url: true, time: false, id: false },

  async authenticate(request, { read }) {
    const signature = request.headers['x-twilio-signature'];
    if (!signature) return refused('x-twilio-signature is needed');
    const bodyHash = bodyHashIn(request.url);
    const sha256 = createHash('sha256').update(request.body).digest('hex');
    if (bodyHash !== undefined && !sameText(bodyHash, sha256)) return refused('bodySHA256 does not match the body');
    const form = bodyHash === undefined && request.method !== 'GET' ? request.body : new Uint8Array();
    const settings = request.headers['x-twilio-webhooks-signature-settings'];
    if (settings === undefined) {
      for (const token of await read(authToken)) {
        if (formSignatureMatches(token, signature, request.url, form)) return authentic(request);
      }
      return refused(`x-twilio-signature does not match: ${CAUSES}`);
    }
    // With a Webhooks Rule: another key and another hash, over the same text.
    if (!sharedKey)
      return refused('Twilio signs with a SharedKey here: name its secret, twilio({ sharedKey: secret("…") })');
    const algorithm = /(?:^|,)\s*algorithm=([^,\s]*)/.exec(settings)?.[1];
    if (algorithm !== 'HMAC_SHA256')
      return refused('x-twilio-webhooks-signature-settings: the algorithm must be HMAC_SHA256');
    for (const key of await read(sharedKey)) {
      if (formSignatureMatches(key, signature, request.url, form, 'sha256')) return authentic(request);
    }
    return refused(
      `x-twilio-signature does not match the SharedKey: is its secret the one of the rule, and ${PUBLIC_URL}`,
    );
  },

  classify(event, name) {
    const parameters = readParameters(event);
    if (!parameters)
      return { kind: 'unreadable', reason: "the body is neither a form of Twilio's nor the JSON of its bodySHA256" };
    if (parameters.RecordingStatus === undefined && parameters.CallStatus !== undefined && !parameters.RecordingSid) {
      return { kind: 'ignored', reason: 'a call event without a recording' };
    }
    const status = statusSchema.safeParse(parameters.RecordingStatus);
    if (!status.success)
      return { kind: 'unreadable', reason: 'RecordingStatus: is missing; use the recordingStatusCallback' };
    const outcome = EVENT_OUTCOMES.get(status.data);
    if (outcome !== 'act')
      return { kind: 'ignored', reason: outcome ?? `RecordingStatus ${status.data.slice(0, 100)}` };
    const callback = callbackSchema.safeParse(parameters);
    if (!callback.success) {
      return unreadable(callback.error);
    }
    return {
      kind: 'recordings',
      recordings: [toRecording(callback.data, name, mediaAt(callback.data.RecordingUrl, format, hosts))],
    };
  },

  lookUpParties({ callId, media, reference }) {
    if (!callId || !reference?.account) return undefined;
    const path = `/2010-04-01/Accounts/${encodeURIComponent(reference.account)}/Calls/${encodeURIComponent(callId)}.json`;
    return { url: `https://${apiHostOf(media)}${path}`, read: readCall };
  },

  fetch: {
    hosts: [...API_HOSTS, ...hosts],
    async credentials({ reference }, { read }) {
      if (!reference?.account) return [];
      const tokens = await read(authToken);
      return tokens.map((token) => ({
        authorization: `Basic ${Buffer.from(`${reference.account}:${token}`).toString('base64')}`,
      }));
    },
    credentialHosts: API_HOSTS,
    secrets: [authToken],
    notYet: [404], // just after the callback the file may not exist yet
  },
});

const PUBLIC_URL = 'is PUBLIC_URL the address that Twilio was given?';
const CAUSES = `is the token the primary one of the account and region that made the call, and ${PUBLIC_URL}`;
const API_HOSTS = ['api.twilio.com', 'api.dublin.ie1.twilio.com', 'api.sydney.au1.twilio.com'];

/** A region knows only its own calls, so the region that has the recording is asked. */
const apiHostOf = (media: Recording['media']): string => {
  const host = media.kind === 'url' ? new URL(media.url).hostname : '';
  return API_HOSTS.includes(host) ? host : 'api.twilio.com';
};

/** The outcome of each documented RecordingStatus. */
const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['completed', 'act'],
  ['in-progress', 'the recording has only begun'],
  ['absent', 'there is no recording: too short or silent'],
  ['failed', 'Twilio could not make the recording'],
]);

const statusSchema = z.string().min(1);
const callbackSchema = z.object({
  // The complete form of an id: names and values are signed without a mark between them, so an attacker with one
  // callback could extend this value by the next name, and the same recording would get another id.
  RecordingSid: z.string({ error: 'is missing' }).regex(/^RE[0-9a-fA-F]{32}$/, 'must be RE and 32 hex digits'),
  RecordingUrl: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192),
  AccountSid: fact(z.string().max(1024)),
  CallSid: fact(z.string().max(512)),
  RecordingDuration: fact(z.string()),
});

const toRecording = (
  callback: z.infer<typeof callbackSchema>,
  source: string,
  media: Recording['media'],
): Recording => {
  const seconds = Number.parseInt(callback.RecordingDuration ?? '', 10); // -1 where Twilio does not know
  return {
    source,
    id: callback.RecordingSid,
    ...(callback.CallSid && { callId: callback.CallSid }),
    ...(seconds >= 0 && { durationSeconds: seconds }),
    media,
    ...(callback.AccountSid && { reference: { account: callback.AccountSid } }),
  };
};

/** A recording in an S3 bucket of the user's is read by its name, unless its host is one of `hosts`. */
const mediaAt = (url: string, format: string, hosts: readonly string[]): Recording['media'] => {
  const { hostname } = new URL(url);
  const isHost = hosts.some((host) => (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host));
  const object = isHost ? undefined : objectIn(url);
  return object ? { kind: 'object', ...object } : { kind: 'url', url: inFormat(url, format) };
};

/** The URL at Twilio's API gives a WAV unless it has an extension. URLs of your own storage stay unchanged. */
const inFormat = (text: string, format: string): string => {
  const url = new URL(text);
  if (API_HOSTS.includes(url.hostname) && !/\.\w+$/.test(url.pathname)) url.pathname += `.${format}`;
  return url.href;
};

const callSchema = z.object({ from: z.string().min(1), to: z.string().min(1), direction: z.string() });
const readCall = (json: unknown): Parties | undefined => {
  const call = callSchema.safeParse(json);
  if (!call.success) return undefined;
  const { from, to, direction } = call.data;
  return { from, to, direction: direction === 'inbound' ? 'inbound' : 'outbound' };
};

/** Read from the text: a URL parser would change characters that the signature covers. */
const bodyHashIn = (url: string): string | undefined => /[?&]bodySHA256=([^&]*)/.exec(url)?.[1];

const readParameters = ({ method, url, body }: WebhookRequest): Readonly<Record<string, string>> | undefined => {
  if (method === 'GET') return Object.fromEntries(new URL(url).searchParams);
  const text = new TextDecoder().decode(body);
  if (bodyHashIn(url) === undefined) {
    const form = Object.fromEntries(new URLSearchParams(text));
    // Nothing marks the end of the signed URL either: an attacker with one callback could move the URL's query, and
    // with it the chat, into the form as the first name. Such a name sorts before Twilio's own.
    return Object.keys(form).every((name) => /^[A-Za-z]/.test(name)) ? form : undefined;
  }
  try {
    return z.record(z.string(), z.coerce.string()).parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};
