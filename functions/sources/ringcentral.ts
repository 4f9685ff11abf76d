import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import { DAY_MS, isoTime } from '../core/model/timing.ts';
import { authentic, refused, type SecretRef, type Source } from '../core/ports/source.ts';
import { firstToken } from '../core/source/first-token.ts';
import { entriesOf, NOT_JSON, readJson, unreadable } from '../core/source/read-json.ts';
import { sameText } from '../core/source/signature.ts';

export interface RingcentralOptions {
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
 * RingCentral, telephony sessions: a shared token in a header, and no signature. No event says that a recording is
 * ready, so `store` asks the company call log when a session is over.
 * https://developers.ringcentral.com/guide/notifications
 */
export const ringcentral = ({
  validationToken,
  clientId,
  clientSecret,
  jwt,
  server = 'https://platform.ringcentral.com',
  hosts = [],
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

  // The handshake of a new subscription cannot be verified: its token is RingCentral's, and new each time. The answer
  // may have
  // at most 1024 bytes.
  async handshake({ method, headers, body }) {
    const token = headers['validation-token'];
    if (method !== 'POST' || body.length > 0 || !token || !/^[\x21-\x7e]{1,256}$/.test(token)) return undefined;
    return { status: 200, headers: { 'content-type': 'application/json', 'validation-token': token }, body: '' };
  },

  classify({ body }, name) {
    const json = readJson(body);
    if (json === undefined) return NOT_JSON;
    const typed = typeSchema.safeParse(json);
    if (!typed.success) return unreadable(typed.error);
    const { event } = typed.data;
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
    /** The log is late by minutes. While it has no recording of the session, the recording is not ready. */
    freshUrl: ({ id, reference }) => ({
      url: `${server}/restapi/v1.0/account/~/call-log?${callLogQuery(id, reference?.at)}`,
      read: (json) => recordingIn(json, id),
    }),
  },

  // RingCentral blacklists a hook that fails, and its subscription must be made again. So an event that cannot be read
  // must not
  // count as a failure. A refused event does: the subscription then has another token than ours.
  statuses: { unreadable: 200 },
});

/**
 * Each server has its own media host: the sandbox's `platform.devtest.ringcentral.com` has
 * `media.devtest.ringcentral.com`.
 */
const apiHosts = (server: string): string[] => {
  const { hostname } = new URL(server);
  return [...new Set([hostname, hostname.replace(/^platform\./, 'media.'), 'media.ringcentral.com'])];
};

const typeSchema = z.object({ event: z.string().min(1) });

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
  telephonySessionId: z.string({ error: 'is missing' }).regex(/^[\w-]{1,512}$/, 'must be letters, digits, - and _'),
  sessionId: label,
  parties: entriesOf(partySchema),
});
const sessionSchema = z.object({ body: bodySchema });

/** Several events may say that a session is over. All of them give the same recording id, and so the same memo. */
const toRecording = (session: z.infer<typeof bodySchema>, source: string): Recording => {
  const [party] = session.parties.read;
  const from = party?.from?.phoneNumber ?? party?.from?.extensionNumber;
  const to = party?.to?.phoneNumber ?? party?.to?.extensionNumber;
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

/**
 * By default the log shows the last 24 hours. A replay may come days later, for a call that began a day before its end.
 */
const callLogQuery = (session: string, endedAt: string | undefined): URLSearchParams => {
  const endedMs = Date.parse(endedAt ?? '');
  const from = Number.isNaN(endedMs) ? {} : { dateFrom: isoTime(endedMs - LONGEST_CALL_MS) };
  return new URLSearchParams({ recordingType: 'All', telephonySessionId: session, ...from });
};
const LONGEST_CALL_MS = 2 * DAY_MS;

const recordSchema = z.object({ telephonySessionId: z.string(), recording: z.object({ contentUri: z.url() }) });
const logSchema = z.object({ records: z.array(recordSchema.nullable().catch(null)) });
const recordingIn = (json: unknown, session: string): string | undefined =>
  logSchema.safeParse(json).data?.records.find((record) => record?.telephonySessionId === session)?.recording
    .contentUri;

const tokenSchema = z.object({ access_token: z.string().min(1) });
const tokenRequest = (server: string, id: string, secret: string, assertion: string) => ({
  url: `${server}/restapi/oauth/token`,
  headers: {
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  },
  body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }).toString(),
});
