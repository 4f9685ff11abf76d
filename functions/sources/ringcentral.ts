import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import { DAY_MS, isoTime } from '../core/model/timing.ts';
import {
  authentic,
  type Classification,
  type FreshUrl,
  refused,
  type SecretRef,
  type Source,
} from '../core/ports/source.ts';
import { firstToken } from '../core/source/first-token.ts';
import { hostOfUrl, orMistakes } from '../core/source/or-mistakes.ts';
import { entriesOf, NOT_JSON, readJson, unreadable } from '../core/source/read-json.ts';
import { sameText } from '../core/source/signature.ts';
import { NO_VOICEMAILS, type VoicemailOption } from '../core/source/voicemails.ts';

export interface RingcentralOptions extends VoicemailOption {
  /** The token that the subscription was made with. Each event carries the token. */
  validationToken: SecretRef;
  /** An app and a user's JWT. Their token reads the company call log and opens the recordings. */
  clientId: SecretRef;
  clientSecret: SecretRef;
  jwt: SecretRef;
  /** RingCentral's server; its sandbox is `https://platform.devtest.ringcentral.com`. */
  server?: string | undefined;
  /** Further hosts that a download may lead to. The token is never sent to them. */
  hosts?: readonly string[];
}

/**
 * RingCentral, telephony sessions: a shared token in a header, and no signature. No event says that a recording is ready,
 * so `store` asks the company call log when a session is over. https://developers.ringcentral.com/guide/notifications
 */
export const ringcentral = (options: RingcentralOptions): Source => orMistakes('ringcentral', () => make(options));

const make = ({
  validationToken,
  clientId,
  clientSecret,
  jwt,
  server = 'https://platform.ringcentral.com',
  hosts = [],
  voicemail = true,
}: RingcentralOptions): Source => ({
  kind: 'ringcentral',
  secrets: [validationToken],
  covers: { body: false, url: false, time: false, id: false },

  async authenticate(request, { read }) {
    const { 'validation-token': validation, 'verification-token': verification } = request.headers;
    if (!validation && !verification) return refused('validation-token or verification-token is needed');
    for (const token of await read(validationToken)) {
      const matches = [validation, verification].map((given) => given !== undefined && sameText(given, token));
      if (matches.includes(true)) return authentic(request);
    }
    return refused('the token is not the one that the subscription was made with');
  },

  // A new subscription's handshake cannot be verified: its token is new each time. The answer has at most 1024 bytes.
  async handshake({ method, headers, body }) {
    const token = headers['validation-token'];
    if (method !== 'POST' || body.length > 0 || !token || !/^[\x21-\x7e]{1,256}$/.test(token)) return undefined;
    return { status: 200, headers: { 'content-type': 'application/json', 'validation-token': token }, body: '' };
  },

  classify({ body }, name) {
    const json = readJson(body, idAsText);
    if (json === undefined) return NOT_JSON;
    const typed = typeSchema.safeParse(json);
    if (!typed.success) return unreadable(typed.error);
    const { event } = typed.data;
    if (/\/voicemail(\?|$)/.test(event)) return voicemail ? readVoicemail(json, event, name) : NO_VOICEMAILS;
    if (!/\/telephony\/sessions(\?|$)/.test(event)) return { kind: 'ignored', reason: `event ${event.slice(0, 100)}` };
    const session = sessionSchema.safeParse(json);
    if (!session.success) return unreadable(session.error);
    const { read: parties } = session.data.body.parties;
    if (parties.length === 0) return { kind: 'unreadable', reason: 'body.parties: is empty' };
    const present = parties.find(({ status }) => status.code !== 'Disconnected');
    if (present) return { kind: 'ignored', reason: `the session goes on: a party is ${present.status.code}` };
    return { kind: 'recordings', recordings: [toRecording(session.data.body, name)] };
  },

  fetch: {
    hosts: [...apiHosts(server), ...hosts],
    credentialHosts: apiHosts(server),
    secrets: [clientId, clientSecret, jwt],
    notYet: [404],
    readyWithin: 'hours', // the call log is late, and a party may leave long before the call ends
    async credentials(_recording, { read, exchange }) {
      if (!server.startsWith('https:')) return []; // a local test server: no secret is sent to it
      const values = await Promise.all([clientId, clientSecret, jwt].map(read));
      const token = await firstToken(values, async ([id = '', secret = '', assertion = '']) => {
        const answer = tokenSchema.safeParse(await exchange(tokenRequest(server, id, secret, assertion)));
        return answer.data?.access_token;
      });
      return token === undefined ? [] : [{ authorization: `Bearer ${token}` }];
    },
    // The log is late by minutes. While it has no recording of the session, the recording is not ready.
    freshUrl: ({ id, reference }) => {
      if (reference?.message) return { url: server + reference.message, read: voicemailUrlIn };
      const session = reference?.session ?? id;
      return {
        url: `${server}/restapi/v1.0/account/~/call-log?${callLogQuery(session, reference?.at)}`,
        read: (json) => recordingIn(json, session, reference),
      };
    },
  },

  // RingCentral blacklists a hook that fails, and its subscription must be made again. So an unreadable event must not count
  // as a failure. A refused event does: the subscription then has another token than ours.
  statuses: { unreadable: 200 },
});

/** Each server has its own media host: `platform.devtest.ringcentral.com` has `media.devtest.ringcentral.com`. */
const apiHosts = (server: string): string[] => {
  const hostname = hostOfUrl(server, 'server');
  return [...new Set([hostname, hostname.replace(/^platform\./, 'media.'), 'media.ringcentral.com'])];
};

/** An id is kept as it was sent: as a number it would lose its end beyond 2^53. */
const idAsText = (key: string, value: unknown, context?: { source?: string }): unknown =>
  key === 'id' && typeof value === 'number' ? context?.source : value;

const typeSchema = z.object({ event: z.string().min(1) });
/** Becomes part of a recording's id, and of a URL that is requested with the token. */
const idSchema = z
  .union([z.string(), z.number().int().nonnegative().transform(String)], { error: 'is missing' })
  .pipe(z.string().regex(/^[\w-]{1,128}$/, 'must be letters, digits, - and _'));

// Optional facts: a memo must not be lost because one of them cannot be read.
const label = z.string().trim().min(1).max(256).optional().catch(undefined);
const callerSchema = z.object({ phoneNumber: label, extensionNumber: label }).optional().catch(undefined);
const partySchema = z.object({
  status: z.object({ code: z.string().min(1).max(100) }),
  direction: z.enum(['Inbound', 'Outbound']).optional().catch(undefined),
  from: callerSchema,
  to: callerSchema,
});
const bodySchema = z.object({
  eventTime: z.iso.datetime({ offset: true }).optional().catch(undefined),
  telephonySessionId: z.string({ error: 'is missing' }).regex(/^[\w-]{1,300}$/, 'must be letters, digits, - and _'),
  sessionId: label,
  parties: entriesOf(partySchema),
});
const sessionSchema = z.object({ body: bodySchema });

/** Several events may say that a session is over. All of them give the same recording id, and so the same memo. */
const toRecording = (session: z.infer<typeof bodySchema>, source: string): Recording => {
  const [party] = session.parties.read;
  const from = numberOf(party?.from);
  const to = numberOf(party?.to);
  return {
    source,
    id: session.telephonySessionId,
    ...(session.sessionId && { callId: session.sessionId }),
    ...(from && { from }),
    ...(to && { to }),
    ...(party?.direction && { direction: party.direction === 'Inbound' ? 'inbound' : 'outbound' }),
    media: { kind: 'ask' },
    ...(session.eventTime && { reference: { at: session.eventTime } }),
  };
};

const numberOf = (caller: z.infer<typeof callerSchema>): string | undefined =>
  caller?.phoneNumber ?? caller?.extensionNumber;

/** By default the log shows the last 24 hours. A replay may come days later, for a call that began a day before its end. */
const callLogQuery = (session: string, endedAt: string | undefined): URLSearchParams => {
  const endedMs = Date.parse(endedAt ?? '');
  const from = Number.isNaN(endedMs) ? {} : { dateFrom: isoTime(endedMs - LONGEST_CALL_MS) };
  return new URLSearchParams({ recordingType: 'All', telephonySessionId: session, ...from });
};
const LONGEST_CALL_MS = 2 * DAY_MS;

const recordSchema = z.object({
  telephonySessionId: z.string(),
  startTime: z.iso.datetime({ offset: true }).optional().catch(undefined),
  recording: z.object({ contentUri: z.url(), id: idSchema.optional().catch(undefined) }),
});
const logSchema = z.object({ records: z.array(recordSchema.nullable().catch(null)) });

/** A transferred call may have a recording per leg: the session's memo gets the first, each other leg a memo of its own. */
const recordingIn = (json: unknown, session: string, reference: Recording['reference']): FreshUrl | undefined => {
  const all = logSchema.safeParse(json).data?.records.filter((each) => each?.telephonySessionId === session) ?? [];
  const recordings = [...new Map(all.flatMap((each) => (each ? [[each.recording.contentUri, each]] : []))).values()];
  const inOrder = recordings.sort((one, other) => startOf(one) - startOf(other)).map(({ recording }) => recording);
  if (reference?.recording) return inOrder.find((each) => idOf(each) === reference.recording)?.contentUri;
  const [first, ...rest] = inOrder;
  const further = rest.flatMap((each) => {
    const id = idOf(each);
    return id ? [{ id: `${session}:${id}`, reference: { ...reference, session, recording: id } }] : [];
  });
  return first && { url: first.contentUri, further };
};
const idOf = ({ id, contentUri }: z.infer<typeof recordSchema>['recording']): string | undefined =>
  id ?? /\/recording\/([\w-]{1,128})(\/|$)/.exec(new URL(contentUri).pathname)?.[1];
const startOf = ({ startTime }: { startTime?: string | undefined }): number => Date.parse(startTime ?? '') || 0;

const attachmentSchema = z.object({
  uri: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192),
  vmDuration: z.number().nonnegative().optional().catch(undefined),
});
const voicemailSchema = z.object({
  attachments: entriesOf(z.object({ type: label }).loose()).transform(({ read }) =>
    read.filter(({ type }) => type === 'AudioRecording'),
  ),
});
const calledSchema = z.array(callerSchema).optional().catch(undefined);
const voicemailEventSchema = z.object({
  body: voicemailSchema.extend({ id: idSchema, from: callerSchema, to: calledSchema }),
});

/** The message has the URL of its audio. A later request may get a new URL. */
const readVoicemail = (json: unknown, event: string, source: string): Classification => {
  const message = voicemailEventSchema.safeParse(json);
  if (!message.success) return unreadable(message.error);
  const { id, attachments, from: caller, to: called } = message.data.body;
  if (attachments.length === 0) return { kind: 'not-ready', reason: 'the voicemail names no audio' };
  const audio = attachmentSchema.safeParse(attachments[0]);
  if (!audio.success) return unreadable(audio.error, 'body.attachments.');
  const from = numberOf(caller);
  const to = numberOf(called?.[0]);
  const [extension] = /^\/restapi\/v1\.0\/account\/[\w~-]+\/extension\/[\w~-]+(?=\/voicemail)/.exec(event) ?? [];
  const recording: Recording = {
    source,
    id: `voicemail-${id}`,
    ...(from && { from }),
    ...(to && { to }),
    direction: 'inbound',
    ...(audio.data.vmDuration !== undefined && { durationSeconds: audio.data.vmDuration }),
    media: { kind: 'url', url: audio.data.uri },
    ...(extension && { reference: { message: `${extension}/message-store/${id}` } }),
  };
  return { kind: 'recordings', recordings: [recording] };
};
const voicemailUrlIn = (json: unknown): string | undefined => {
  const [first] = voicemailSchema.safeParse(json).data?.attachments ?? [];
  return attachmentSchema.safeParse(first).data?.uri;
};

const tokenSchema = z.object({ access_token: z.string().min(1) });
const tokenRequest = (server: string, id: string, secret: string, assertion: string) => ({
  url: `${server}/restapi/oauth/token`,
  headers: {
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  },
  body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }).toString(),
});
