import * as z from 'zod';
import { badConfiguration } from '../core/model/bad-configuration.ts';
import type { Parties, Recording } from '../core/model/recording.ts';
import { authentic, refused, type SecretRef, type Source, type WebhookRequest } from '../core/ports/source.ts';
import { orMistakes } from '../core/source/or-mistakes.ts';
import { fact, readKind, unreadable } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';

/** An HMAC credential as configured at Vapi, with Vapi's names and defaults. */
export interface VapiHmac {
  algorithm: 'sha1' | 'sha256' | 'sha512';
  signatureHeader?: string;
  timestampHeader?: string;
  signaturePrefix?: string;
  /** A template with `{timestamp}` and `{body}`. Without a timestamp, only the recording's id stops a replay. */
  payloadFormat?: string;
  signatureEncoding?: 'hex' | 'base64';
}

export interface VapiOptions {
  /** The server's secret, the credential's token, or its HMAC key. */
  secret: SecretRef;
  /** A private API key, for recordings whose presigned URL is absent or has expired. */
  privateKey: SecretRef;
  /** The authentication that is configured at Vapi. */
  proof?: 'x-vapi-secret' | 'bearer' | VapiHmac;
  /** The API of the organisation's region, such as `api.eu.vapi.ai`. @default 'api.vapi.ai' */
  apiHost?: string | undefined;
  /** Further hosts, for recordings in your own storage. The key is never sent to them. */
  hosts?: readonly string[];
}

/**
 * Vapi's server messages. A secret header and a bearer token cover no part of the request. An HMAC credential covers
 * what its payload format names, with five minutes of tolerance either way.
 * https://docs.vapi.ai/server-url/server-authentication
 *
 * Our own statuses fit: Vapi delivers once unless a `backoffPlan` is set, which then retries by status.
 */
export const vapi = (options: VapiOptions): Source => orMistakes('vapi', () => make(options));

const make = ({
  secret,
  privateKey,
  proof = 'x-vapi-secret',
  apiHost = 'api.vapi.ai',
  hosts = [],
}: VapiOptions): Source => {
  const callAt = (id: string): string => `https://${checkedHost(apiHost)}/call/${encodeURIComponent(id)}`;
  const scheme = typeof proof === 'string' ? TOKENS[proof] : withDefaults(proof);
  const signed = 'payload' in scheme ? scheme : undefined;
  const timed = signed?.payload.includes('{timestamp}') ?? false;
  return {
    kind: 'vapi',
    secrets: [secret],
    covers: { body: signed !== undefined, url: false, time: timed, id: false },

    async authenticate(request, { nowMs, read }) {
      const given = request.headers[scheme.header];
      if (!given) return refused(`${scheme.header} is needed`);
      const stale = signed && timed && whyStale(signed.timestampHeader, request, nowMs);
      if (stale) return refused(stale);
      let matches = false;
      for (const value of await read(secret)) {
        const proven = signed ? signatureOf(signed, value, request) : value;
        if (sameText(given, scheme.prefix + proven)) matches = true;
      }
      return matches ? authentic(request) : refused(`${scheme.header} does not match`);
    },

    classify(event, name) {
      const typed = readKind(event.body, typeSchema);
      if (typed.kind === 'unreadable') return typed;
      const { json } = typed;
      const { type } = typed.data.message;
      if (type !== 'end-of-call-report')
        return { kind: 'ignored', reason: EVENT_OUTCOMES.get(type) ?? `message.type ${type.slice(0, 100)}` };
      const report = reportSchema.safeParse(json);
      if (!report.success) return unreadable(report.error);
      if (!isRecorded(json)) return { kind: 'ignored', reason: 'the call was not recorded' };
      return {
        kind: 'recordings',
        recordings: [toRecording(report.data.message, name, `${callAt(report.data.message.call.id)}/mono-recording`)],
      };
    },

    fetch: {
      hosts: [checkedHost(apiHost), '*.r2.cloudflarestorage.com', ...hosts],
      credentials: async (_recording, { read }) =>
        (await read(privateKey)).map((key) => ({ authorization: `Bearer ${key}` })),
      credentialHosts: [checkedHost(apiHost)],
      secrets: [privateKey],
      whenRefused: `is the private key valid, and is ${apiHost} the region of its organisation?`,
      notYet: [404], // documented as "Artifact not found": just after the report the artifact may not exist yet
      // A presigned URL is valid for an hour or less. The API redirects to a new one.
      freshUrl: ({ id }) => ({
        url: callAt(id),
        read: (json) => (callSchema.safeParse(json).data?.id === id ? `${callAt(id)}/mono-recording` : undefined),
      }),
    },
  };
};

/** The key is sent to this host, so it must be Vapi's own. */
const checkedHost = (host: string): string => {
  if (/^api(\.[a-z0-9-]+)*\.vapi\.ai$/.test(host)) return host;
  throw badConfiguration([`apiHost: must be a host such as api.eu.vapi.ai, without https://, and is ${host}`]);
};

const TOLERANCE_MS = 300_000;

const TOKENS = {
  'x-vapi-secret': { header: 'x-vapi-secret', prefix: '' },
  bearer: { header: 'authorization', prefix: 'Bearer ' },
} as const;

/** Messages that a running call waits for: another server must answer them. */
const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map(
  [
    'assistant-request',
    'tool-calls',
    'transfer-destination-request',
    'handoff-destination-request',
    'knowledge-base-request',
    'voice-request',
    'call.endpointing.request',
  ].map((type) => [
    type,
    `${type} needs an answer that we do not have: keep only end-of-call-report in serverMessages`,
  ]),
);

const withDefaults = ({
  algorithm,
  signatureHeader = 'x-signature',
  timestampHeader = 'x-timestamp',
  signaturePrefix = '',
  payloadFormat = '{timestamp}.{body}',
  signatureEncoding = 'hex',
}: VapiHmac) => {
  const placeholders: readonly string[] = payloadFormat.match(/\{[^}]*\}/g) ?? [];
  if (!placeholders.includes('{body}') || placeholders.some((each) => !['{body}', '{timestamp}'].includes(each))) {
    throw badConfiguration(['proof.payloadFormat: must have {body}, may have {timestamp}, and no other braces']);
  }
  return {
    header: signatureHeader.toLowerCase(),
    timestampHeader: timestampHeader.toLowerCase(),
    prefix: signaturePrefix,
    payload: payloadFormat,
    algorithm,
    encoding: signatureEncoding,
  };
};

const signatureOf = (
  { algorithm, payload, encoding, timestampHeader }: ReturnType<typeof withDefaults>,
  key: string,
  { headers, body }: WebhookRequest,
): string => {
  const values: Record<string, string | Uint8Array> = { '{body}': body, '{timestamp}': headers[timestampHeader] ?? '' };
  const pieces = payload.split(/(\{body\}|\{timestamp\})/).map((part) => values[part] ?? part);
  return hmac(algorithm, key, pieces, encoding);
};

/** Vapi does not say the unit: ten digits are seconds, thirteen milliseconds. */
const whyStale = (header: string, { headers }: WebhookRequest, nowMs: number): string | undefined => {
  const sent = headers[header] ?? '';
  if (!/^(\d{10}|\d{13})$/.test(sent)) return `${header} is no time in seconds or milliseconds`;
  const sentMs = Number(sent) * (sent.length === 10 ? 1000 : 1);
  return Math.abs(nowMs - sentMs) > TOLERANCE_MS ? `${header} is stale` : undefined;
};

const typeSchema = z.object({ message: z.object({ type: z.string().min(1) }) });

const party = fact(z.object({ number: z.string().trim().max(256) }));
const url = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192);
const reportSchema = z.object({
  message: z.object({
    startedAt: fact(z.string()),
    endedAt: fact(z.string()),
    call: z.object({
      // The id becomes part of a URL that is requested with the key.
      id: z.string({ error: 'is missing' }).regex(/^[\w-]{1,128}$/, 'must be letters, digits, - and _'),
      type: fact(z.string()),
    }),
    customer: party,
    phoneNumber: party,
    artifact: z
      .object({
        presignedMonoUrl: fact(url),
      })
      .nullish(),
  }),
});
type Report = z.infer<typeof reportSchema>['message'];

const objectSchema = z.record(z.string(), z.unknown()).catch({});
const within = (value: unknown, name: string): Record<string, unknown> =>
  objectSchema.parse(objectSchema.parse(value)[name]);

/**
 * Whether a report names a recording, in any of the places where Vapi has put that over the years: flat or nested,
 * stored or presigned, in the artifact, in the call, in the call's artifact or in the message. The audio is asked for
 * by the call's id in any case.
 */
const isRecorded = (json: unknown): boolean => {
  const message = within(json, 'message');
  const call = within(message, 'call');
  const holders = [message, call, within(message, 'artifact'), within(call, 'artifact')];
  return holders.some(
    (holder) =>
      Object.keys(holder).some((name) => AUDIO_URL.test(name) && isText(holder[name])) || hasUrl(holder.recording),
  );
};

const AUDIO_URL = /^(stereo)?recordingUrl$|^presigned(?!video)\w*Url$/i;
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
/** The URLs in `recording`: `stereoUrl`, `mono.combinedUrl`, `mono.customerUrl` and others. A video does not count. */
const hasUrl = (recording: unknown, depth = 3): boolean =>
  isText(recording) ||
  Object.entries(objectSchema.parse(recording)).some(
    ([name, value]) =>
      !/^video/i.test(name) &&
      (/url$/i.test(name) ? isText(value) : depth > 0 && hasUrl(objectSchema.parse(value), depth - 1)),
  );

const toRecording = (report: Report, source: string, stored: string): Recording => {
  const { presignedMonoUrl } = report.artifact ?? {};
  const seconds = (Date.parse(report.endedAt ?? '') - Date.parse(report.startedAt ?? '')) / 1000;
  return {
    source,
    id: report.call.id,
    callId: report.call.id,
    ...partiesOf(report),
    ...(seconds >= 0 && { durationSeconds: seconds }),
    // The stored URLs are private since 2026.
    media: { kind: 'url', url: presignedMonoUrl || stored },
  };
};

/** The customer is at the other end of the line in both directions. A web call has no numbers. */
const partiesOf = ({ call, customer, phoneNumber }: Report): Parties => {
  if (call.type !== 'inboundPhoneCall' && call.type !== 'outboundPhoneCall') return {};
  const inbound = call.type === 'inboundPhoneCall';
  const [from, to] = inbound ? [customer?.number, phoneNumber?.number] : [phoneNumber?.number, customer?.number];
  return { ...(from && { from }), ...(to && { to }), direction: inbound ? 'inbound' : 'outbound' };
};

const callSchema = z.object({ id: z.string() });
