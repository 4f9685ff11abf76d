import * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';
import type { Recording } from '../core/model/recording.ts';
import {
  authentic,
  type Classification,
  refused,
  type SecretRef,
  type Source,
  type WebhookRequest,
} from '../core/ports/source.ts';
import { NOT_JSON, readJson } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';

/** A system that posts JSON and signs it with an HMAC in a header, described as data. */
export interface SourceDescription {
  kind: string;
  signature: {
    secret: SecretRef;
    /** How the secret's text becomes the key. @default 'text' */
    key?: 'text' | 'base64' | 'hex';
    /** The header of the signature, in lower case. */
    header: string;
    /** The text before the digest in the header, such as `sha256=`. */
    prefix?: string;
    algorithm: 'sha1' | 'sha256' | 'sha512';
    encoding: 'hex' | 'base64';
    /** The signed text: a template with `{body}`, and with `{timestamp}`, `{id}` and `{url}` where the system signs them. */
    signed: string;
    timestamp?: { header: string; unit: 'seconds' | 'milliseconds'; toleranceSeconds: number };
    id?: { header: string };
  };
  /** The events that announce a recording. Without this, all events do. */
  event?: { path: string; values: readonly string[] };
  /** Paths in the JSON, such as `call.recordings.0.url`. `id` and `url` are required in every event. */
  recording: {
    id: string;
    url: string;
    callId?: string;
    from?: string;
    to?: string;
    direction?: { path: string; inbound: readonly string[]; outbound: readonly string[] };
    duration?: { path: string; unit: 'seconds' | 'milliseconds' };
    chat?: string;
  };
  fetch: {
    /** The hosts that audio may come from; `*.example.com` includes subdomains. */
    hosts: readonly string[];
    /** A header that is sent to these hosts only. */
    credentials?: { secret: SecretRef; header: string; prefix?: string; hosts: readonly string[] };
    /** HTTP statuses that mean "not ready yet". @default [404] */
    notYet?: readonly number[];
  };
}

/**
 * Makes a source from a description.
 * @throws AftercallError `bad_configuration` whose message names every mistake in the description
 *
 * @example
 * import { secret } from './functions/config.ts';
 * import { defineSource } from './functions/sources/define-source.ts';
 *
 * export const acme = defineSource({
 *   kind: 'acme',
 *   signature: {
 *     secret: secret('ACME_SECRET'),
 *     header: 'x-acme-signature',
 *     prefix: 'sha256=',
 *     algorithm: 'sha256',
 *     encoding: 'hex',
 *     signed: '{timestamp}.{body}',
 *     timestamp: { header: 'x-acme-time', unit: 'seconds', toleranceSeconds: 300 },
 *   },
 *   event: { path: 'type', values: ['call.recorded'] },
 *   recording: { id: 'call.id', url: 'call.recording.url', from: 'call.caller', to: 'call.callee' },
 *   fetch: { hosts: ['media.acme.example'] },
 * });
 */
export const defineSource = (description: SourceDescription): Source => {
  const { kind, signature, event, recording, fetch } = description;
  const wrong = mistakes(description);
  if (wrong.length > 0) throw new AftercallError('bad_configuration', `the source ${kind}: ${wrong.join('; ')}`);
  const { credentials } = fetch;

  return {
    kind,
    secrets: [signature.secret],
    covers: {
      body: true,
      url: signature.signed.includes('{url}'),
      time: signature.timestamp !== undefined,
      id: signature.signed.includes('{id}'),
    },

    async authenticate(request, { nowMs, read }) {
      const given = request.headers[signature.header];
      if (!given?.startsWith(signature.prefix ?? '')) return refused(`${signature.header} is needed`);
      const stale = whyStale(signature, request, nowMs);
      if (stale) return refused(stale);
      const pieces = piecesOf(signature, request);
      if (!pieces) return refused(`${signature.id?.header} is needed`);
      const digest = given.slice(signature.prefix?.length ?? 0);
      const keys = (await read(signature.secret)).map((secret) => Buffer.from(secret, KEYS[signature.key ?? 'text']));
      // A damaged secret may decode to no bytes at all, and anyone can sign with an empty key.
      const matches = keys.map(
        (key) => key.length > 0 && sameText(digest, hmac(signature.algorithm, key, pieces, signature.encoding)),
      );
      return matches.includes(true) ? authentic(request) : refused(`${signature.header} does not match`);
    },

    classify: (verified, name): Classification => {
      const json = readJson(verified.body);
      if (json === undefined) return NOT_JSON;
      const type = event && text(at(json, event.path));
      if (event && (type === undefined || !event.values.includes(type))) {
        return { kind: 'ignored', reason: `${event.path} ${type?.slice(0, 100) ?? 'is missing'}` };
      }
      const [id, url] = [text(at(json, recording.id)), urlSchema.safeParse(at(json, recording.url))];
      if (!id)
        return {
          kind: 'unreadable',
          reason: `${recording.id}: is missing, or a number that JSON cannot hold exactly`,
        };
      if (!url.success) return { kind: 'unreadable', reason: `${recording.url}: must be an http(s) URL` };
      return {
        kind: 'recordings',
        recordings: [{ source: name, id, ...facts(json, recording), media: { kind: 'url', url: url.data } }],
      };
    },

    fetch: {
      hosts: fetch.hosts,
      notYet: fetch.notYet ?? [404],
      ...(credentials && {
        credentialHosts: credentials.hosts,
        secrets: [credentials.secret],
        credentials: async (_recording, { read }) =>
          (await read(credentials.secret)).map((secret) => ({
            [credentials.header]: (credentials.prefix ?? '') + secret,
          })),
      }),
    },
  };
};

const KEYS = { text: 'utf8', base64: 'base64', hex: 'hex' } as const;
const urlSchema = z.url({ protocol: /^https?$/ }).max(8192);
const PLACEHOLDER = /\{(body|timestamp|id|url)\}/;

const mistakes = ({ signature, fetch }: SourceDescription): string[] => {
  const { signed, timestamp, id, header } = signature;
  const parts = signed.split(PLACEHOLDER);
  const names = parts.filter((_, at) => at % 2 === 1);
  const between = parts.slice(2, -2).filter((_, at) => at % 2 === 0);
  return [
    !names.includes('body') && 'signature.signed: must contain {body}, or anyone could change the body',
    new Set(names).size !== names.length &&
      'signature.signed: may contain each of {body}, {timestamp}, {id} and {url} at most once',
    between.includes('') &&
      'signature.signed: needs a character between two placeholders, or one value could run into the next',
    names.includes('timestamp') !== (timestamp !== undefined) &&
      'signature.timestamp: must be given if signature.signed contains {timestamp}, and only then',
    names.includes('id') !== (id !== undefined) &&
      'signature.id: must be given if signature.signed contains {id}, and only then',
    [header, timestamp?.header, id?.header].some((name) => name && name !== name.toLowerCase()) &&
      'signature: header names must be in lower case',
    fetch.hosts.length === 0 && 'fetch.hosts: must name the hosts that audio may come from',
  ].filter((mistake) => mistake !== false);
};

const whyStale = (
  { timestamp }: SourceDescription['signature'],
  { headers }: WebhookRequest,
  nowMs: number,
): string | undefined => {
  if (!timestamp) return undefined;
  const sent = headers[timestamp.header] ?? '';
  if (!/^\d{1,16}$/.test(sent)) return `${timestamp.header} is not a number of ${timestamp.unit}`;
  const sentMs = Number(sent) * (timestamp.unit === 'seconds' ? 1000 : 1);
  return Math.abs(nowMs - sentMs) > timestamp.toleranceSeconds * 1000 ? `${timestamp.header} is stale` : undefined;
};

/** The signed pieces: the template's own text, and the values as they arrived. */
const piecesOf = ({ signed, timestamp, id }: SourceDescription['signature'], request: WebhookRequest) => {
  const { headers, url, body } = request;
  const sentId = id && headers[id.header];
  if (id && !sentId) return undefined;
  const values: Record<string, string | Uint8Array> = {
    body,
    url,
    timestamp: headers[timestamp?.header ?? ''] ?? '',
    id: sentId ?? '',
  };
  return signed.split(PLACEHOLDER).map((part, at) => (at % 2 === 1 ? (values[part] ?? '') : part));
};

const facts = (
  json: unknown,
  { callId, from, to, direction, duration, chat }: SourceDescription['recording'],
): Partial<Recording> => {
  const read = (path: string | undefined) => (path ? text(at(json, path)) : undefined);
  const [called, word, length, chatId] = [
    read(callId),
    read(direction?.path),
    Number(read(duration?.path) ?? Number.NaN),
    read(chat),
  ];
  const way =
    word &&
    (direction?.inbound.includes(word) ? 'inbound' : direction?.outbound.includes(word) ? 'outbound' : undefined);
  return {
    ...(called && { callId: called }),
    ...(read(from) && { from: read(from) ?? '' }),
    ...(read(to) && { to: read(to) ?? '' }),
    ...(way && { direction: way }),
    ...(length >= 0 && { durationSeconds: duration?.unit === 'milliseconds' ? length / 1000 : length }),
    ...(chatId && { chat: chatId.toLowerCase() }),
  };
};

/** The value at a dotted path; own properties only. */
const at = (json: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Object(value)[name] : undefined,
      json,
    );

/** Text, or a number that JSON has kept exactly, as text. */
const text = (value: unknown): string | undefined => {
  if (typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value))) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
};
