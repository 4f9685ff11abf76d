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

/** A system that signs its webhooks with an HMAC in a header, as plain data. `docs/add-a-source.md` has an example. */
export interface SourceDescription {
  kind: string;
  signature: {
    secret: SecretRef;
    /** How the secret's text is turned into the key. */
    key?: 'text' | 'base64' | 'hex';
    header: string;
    /** What stands before the digest in the header, such as `sha256=`. */
    prefix?: string;
    algorithm: 'sha1' | 'sha256' | 'sha512';
    encoding: 'hex' | 'base64';
    /** What is signed: text with `{body}`, and where the system signs them `{timestamp}`, `{id}`, `{url}`. */
    signed: string;
    timestamp?: { header: string; unit: 'seconds' | 'milliseconds'; toleranceSeconds: number };
    id?: { header: string };
  };
  /** Which events announce a recording; all do where this is left out. */
  event?: { path: string; values: readonly string[] };
  /** Where in the JSON things stand, such as `call.recordings.0.url`. */
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
    /** `*.example.com` takes in subdomains. */
    hosts: readonly string[];
    /** Sent to these hosts alone. */
    credentials?: { secret: SecretRef; header: string; prefix?: string; hosts: readonly string[] };
    notYet?: readonly number[];
  };
}

/**
 * Makes a source of a description.
 * @throws AftercallError `bad_configuration` that names everything wrong with it
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
      // A mangled secret may decode to nothing, and anyone can sign with that.
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
          reason: `${recording.id}: is missing, or a number too large to be told from others`,
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
    !names.includes('body') && 'signature.signed: {body} must be in it, or anyone could change the body',
    new Set(names).size !== names.length && 'signature.signed: each of {body}, {timestamp}, {id}, {url} at most once',
    between.includes('') &&
      'signature.signed: something must stand between two of its parts, or one could run into the next',
    names.includes('timestamp') !== (timestamp !== undefined) &&
      'signature.timestamp: goes with {timestamp} in signature.signed',
    names.includes('id') !== (id !== undefined) && 'signature.id: goes with {id} in signature.signed',
    [header, timestamp?.header, id?.header].some((name) => name && name !== name.toLowerCase()) &&
      'headers are named in lower case',
    fetch.hosts.length === 0 && 'fetch.hosts: must name where the audio may come from',
  ].filter((mistake) => mistake !== false);
};

const whyStale = (
  { timestamp }: SourceDescription['signature'],
  { headers }: WebhookRequest,
  nowMs: number,
): string | undefined => {
  if (!timestamp) return undefined;
  const sent = headers[timestamp.header] ?? '';
  if (!/^\d{1,16}$/.test(sent)) return `${timestamp.header} is no number of ${timestamp.unit}`;
  const sentMs = Number(sent) * (timestamp.unit === 'seconds' ? 1000 : 1);
  return Math.abs(nowMs - sentMs) > timestamp.toleranceSeconds * 1000 ? `${timestamp.header} is stale` : undefined;
};

/** What the digest is made over: the template's own text, and bytes that stay bytes. */
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

/** Text, or an integer that JSON has kept exact, as text. */
const text = (value: unknown): string | undefined => {
  if (typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value))) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
};
