import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source, type WebhookRequest } from '../core/ports/source.ts';
import { fact, unreadable } from '../core/source/read-json.ts';
import { hasTooManyPairs, hmac, sameText } from '../core/source/signature.ts';

export interface PlivoOptions {
  /** The account's auth id, `MA…`: the user name where recordings ask for Basic authentication. */
  authId: SecretRef;
  /** The account's auth token: it signs the callbacks and opens the recordings. */
  authToken: SecretRef;
  /** Further hosts, for recordings in your own storage. The credentials are never sent to them. */
  hosts?: readonly string[];
}

/**
 * Plivo, `callbackUrl` of `<Record>`: signature V3, base64 HMAC-SHA256 over URL, parameters and nonce. There is no
 * timestamp; the recording's id stops a replay. Plivo retries once if it could not connect or got no answer in time,
 * and ignores the status, so our own statuses fit. https://docs.plivo.com/docs/voice/xml/record
 */
export const plivo = ({ authId, authToken, hosts = [] }: PlivoOptions): Source => ({
  kind: 'plivo',
  secrets: [authToken],
  covers: { body: true, url: true, time: false, id: true },

  async authenticate(request, { read }) {
    const { [NONCE]: nonce, [OWN]: own = '', [MAIN]: main = '' } = request.headers;
    // For a call in a subaccount, `own` is signed with the subaccount's token and `main` with the main account's token.
    const signatures = `${own},${main}`.split(',').map((signature) => signature.trim());
    if (!nonce || signatures.every((signature) => signature === '')) return refused(`${OWN} and ${NONCE} are needed`);
    if (!/^\w+$/.test(nonce)) return refused(`${NONCE} must be letters, digits and _`); // a dot in the nonce would move the end of the last value
    if (hasTooManyPairs(request.body)) return refused('the form has too many parameters');
    const signed = `${signedText(request)}.${nonce}`;
    for (const token of await read(authToken)) {
      const expected = hmac('sha256', token, [signed], 'base64');
      const matches = signatures.map((signature) => sameText(signature, expected));
      if (matches.includes(true)) return authentic(request);
    }
    return refused(`${OWN} does not match: is PUBLIC_URL what Plivo was given?`);
  },

  classify(event, name) {
    const parameters = readParameters(event);
    if (!parameters) return { kind: 'unreadable', reason: 'the signed text can be read as parameters in several ways' };
    const { RecordUrl, RecordingID, CallUUID, Event } = parameters;
    if (RecordUrl === undefined && RecordingID === undefined && CallUUID !== undefined)
      return { kind: 'ignored', reason: `a call event without a recording${Event ? `: ${Event.slice(0, 100)}` : ''}` };
    const callback = callbackSchema.safeParse(parameters);
    if (!callback.success) {
      return unreadable(callback.error);
    }
    return { kind: 'recordings', recordings: [toRecording(callback.data, name)] };
  },

  fetch: {
    hosts: [...MEDIA_HOSTS, ...hosts],
    async credentials(_recording, { read }) {
      const [ids, tokens] = [await read(authId), await read(authToken)];
      return ids.flatMap((id) =>
        tokens.map((token) => ({ authorization: `Basic ${Buffer.from(`${id}:${token}`).toString('base64')}` })),
      );
    },
    credentialHosts: MEDIA_HOSTS,
    secrets: [authId, authToken],
    notYet: [404],
  },
});

const OWN = 'x-plivo-signature-v3';
const MAIN = 'x-plivo-signature-ma-v3';
const NONCE = 'x-plivo-signature-v3-nonce';

/** Regions have their own hosts, such as `aps1.media.plivo.com`. */
const MEDIA_HOSTS = ['media.plivo.com', '*.media.plivo.com'];

/**
 * `<url>?<k=v&…>`, and of a POST with parameters `.` and each name with its value; a POST has its `?` even without a
 * query.
 */
const signedText = (request: WebhookRequest): string => {
  const { base, query, form } = partsOf(request);
  const [mark, end] = [query.length > 0 || form.length > 0 ? '?' : '', query.length > 0 && form.length > 0 ? '.' : ''];
  return base + mark + query.map((pair) => pair.join('=')).join('&') + end + form.flat().join('');
};

const readParameters = (request: WebhookRequest): Readonly<Record<string, string>> | undefined => {
  const { query, form } = partsOf(request);
  // The decoded query is signed, and nothing marks its end. With one callback, an attacker could hide a parameter (the
  // chat, for example) in the value before it, or move the query into the form as a name.
  const plain = [...query, ...form].every(([name]) => /^[A-Za-z][^=&]*$/.test(name));
  if (!plain || query.some(([, value]) => value.includes('&'))) return undefined;
  return Object.fromEntries(request.method === 'GET' ? query : form);
};

const partsOf = ({ method, url, body }: WebhookRequest) => {
  const [, base = '', query = ''] = /^([^?#]*)\??([^#]*)/.exec(url) ?? [];
  const form = method === 'GET' ? '' : new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  return { base, query: sorted(query), form: sorted(form) };
};

/**
 * The decoded parameters, sorted by code units of the names and then of the values. All values are kept as they are.
 */
const sorted = (text: string): [string, string][] => {
  const parameters = new URLSearchParams(`&${text}`); // URLSearchParams would drop a `?` at the start
  const names = [...new Set(parameters.keys())].sort();
  return names.flatMap((name) =>
    parameters
      .getAll(name)
      .sort()
      .map((value): [string, string] => [name, value]),
  );
};

const text = fact(z.string().max(512));
const callbackSchema = z.object({
  // The complete form of an id is checked: names and values are signed without a mark between them, so an attacker with
  // one callback could extend this value by the next name, and the same recording would get another id.
  RecordingID: z.guid({ error: 'must be a UUID' }),
  RecordUrl: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192),
  CallUUID: text,
  From: fact(z.string().max(256)),
  To: fact(z.string().max(256)),
  Direction: fact(z.enum(['inbound', 'outbound'])),
  RecordingDurationMs: text,
  RecordingStartMs: text,
  RecordingEndMs: text,
});
type Callback = z.infer<typeof callbackSchema>;

const toRecording = (callback: Callback, source: string): Recording => {
  const { RecordingID, RecordUrl, CallUUID, From, To, Direction } = callback;
  const milliseconds = millisecondsOf(callback);
  return {
    source,
    id: RecordingID,
    ...(CallUUID && { callId: CallUUID }),
    ...(From && { from: withPlus(From) }),
    ...(To && { to: withPlus(To) }),
    ...(Direction && { direction: Direction }),
    ...(milliseconds >= 0 && { durationSeconds: milliseconds / 1000 }),
    media: { kind: 'url', url: RecordUrl },
  };
};

/** `RecordingDuration` is not used: the documentation says seconds, real callbacks have milliseconds. */
const millisecondsOf = ({ RecordingDurationMs, RecordingStartMs, RecordingEndMs }: Callback): number => {
  const whole = (digits: string | null | undefined) => (/^\d{1,15}$/.test(digits ?? '') ? Number(digits) : Number.NaN);
  const said = whole(RecordingDurationMs);
  return said >= 0 ? said : whole(RecordingEndMs) - whole(RecordingStartMs);
};

/** Plivo omits the plus sign: `14155550101`. A short code or a SIP address stays as it is. */
const withPlus = (party: string): string => (/^[1-9]\d{9,14}$/.test(party) ? `+${party}` : party);
