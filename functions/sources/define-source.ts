import * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';
import type { Parties, Recording } from '../core/model/recording.ts';
import {
  type ApiQuestion,
  authentic,
  type Classification,
  refused,
  type SecretRef,
  type Source,
} from '../core/ports/source.ts';
import { textOf, valueAt } from '../core/source/json-path.ts';
import { type ProofDescription, proofBy } from '../core/source/proof.ts';
import { NOT_JSON, readJson } from '../core/source/read-json.ts';
import { templateMistakes } from '../core/source/signed-pieces.ts';

/** A system that posts JSON and proves itself by a signature, a JWT or credentials, described as data. */
export interface SourceDescription extends ProofDescription {
  kind: string;
  /** The events that announce a recording. Without this, all events do. */
  event?: { path: string; values: readonly string[] };
  /** Paths in the JSON, such as `call.recordings.0.url`. `id` is required in every event. */
  recording: PartyPaths & {
    id: string;
    /** Left out where `fetch.api` has the URL. */
    url?: string;
    callId?: string;
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
    /**
     * The recording at the system's API, read again by its id before use. `{id}` stands in the URL; `audio` and the parties are
     * paths in the JSON answer.
     */
    api?: PartyPaths & { url: string; audio: string };
  };
}

interface PartyPaths {
  from?: string;
  to?: string;
  direction?: { path: string; inbound: readonly string[]; outbound: readonly string[] };
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
  const { kind, event, recording, fetch } = description;
  const wrong = mistakes(description);
  if (wrong.length > 0) throw new AftercallError('bad_configuration', `the source ${kind}: ${wrong.join('; ')}`);
  const { credentials, api } = fetch;
  const proof = proofBy(description);
  const namesParties = api && (api.from ?? api.to ?? api.direction) !== undefined;

  return {
    kind,
    secrets: proof.secrets,
    covers: proof.covers,

    async authenticate(request, context) {
      const reason = await proof.whyNot(request, context);
      return reason === undefined ? authentic(request) : refused(reason);
    },

    classify: (verified, name): Classification => {
      const json = readJson(verified.body);
      if (json === undefined) return NOT_JSON;
      const type = event && textOf(valueAt(json, event.path));
      if (event && (type === undefined || !event.values.includes(type))) {
        return { kind: 'ignored', reason: `${event.path} ${type?.slice(0, 100) ?? 'is missing'}` };
      }
      const id = textOf(valueAt(json, recording.id));
      if (!id)
        return {
          kind: 'unreadable',
          reason: `${recording.id}: is missing, or a number too large to be told from others`,
        };
      const common = { source: name, id, ...facts(json, recording) };
      if (recording.url === undefined)
        return { kind: 'recordings', recordings: [{ ...common, media: { kind: 'ask' } }] };
      const url = urlSchema.safeParse(valueAt(json, recording.url));
      if (!url.success) return { kind: 'unreadable', reason: `${recording.url}: must be an http(s) URL` };
      return { kind: 'recordings', recordings: [{ ...common, media: { kind: 'url', url: url.data } }] };
    },

    ...(api && namesParties && { lookUpParties: (found: Recording) => ask(api.url, found, readParties(api)) }),

    fetch: {
      hosts: fetch.hosts,
      notYet: fetch.notYet ?? [404],
      ...(api && {
        freshUrl: (found) => ask(api.url, found, (json) => urlSchema.safeParse(valueAt(json, api.audio)).data),
      }),
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

const urlSchema = z.url({ protocol: /^https?$/ }).max(8192);

const mistakes = ({ signature, recording, fetch }: SourceDescription): string[] => {
  const headers = 'signed' in signature ? [signature.header, signature.timestamp?.header, signature.id?.header] : [];
  return [
    ...('signed' in signature ? templateMistakes(signature) : []),
    headers.some((name) => name && name !== name.toLowerCase()) && 'signature: header names must be in lower case',
    fetch.hosts.length === 0 && 'fetch.hosts: must name the hosts that audio may come from',
    recording.url === undefined && !fetch.api && 'recording.url: must be given unless fetch.api is given',
    fetch.api &&
      !/^https:\/\/[^{]+\/.*\{id\}/.test(fetch.api.url) &&
      'fetch.api.url: must be an https URL with {id} in its path',
  ].filter((mistake) => typeof mistake === 'string');
};

const ask = <T>(url: string, { id }: Recording, read: ApiQuestion<T>['read']): ApiQuestion<T> => ({
  url: url.replace('{id}', encodeURIComponent(id)),
  read,
});

const readParties =
  (paths: PartyPaths) =>
  (json: unknown): Parties | undefined => {
    const parties = partiesAt(json, paths);
    return Object.keys(parties).length > 0 ? parties : undefined;
  };

const partiesAt = (json: unknown, { from, to, direction }: PartyPaths): Parties => {
  const read = (path: string | undefined) => (path ? textOf(valueAt(json, path)) : undefined);
  const [caller, callee, word] = [read(from), read(to), read(direction?.path)];
  const way =
    word &&
    (direction?.inbound.includes(word) ? 'inbound' : direction?.outbound.includes(word) ? 'outbound' : undefined);
  return { ...(caller && { from: caller }), ...(callee && { to: callee }), ...(way && { direction: way }) };
};

const facts = (json: unknown, paths: SourceDescription['recording']): Partial<Recording> => {
  const { callId, duration, chat } = paths;
  const read = (path: string | undefined) => (path ? textOf(valueAt(json, path)) : undefined);
  const [called, length, chatId] = [read(callId), Number(read(duration?.path) ?? Number.NaN), read(chat)];
  return {
    ...(called && { callId: called }),
    ...partiesAt(json, paths),
    ...(length >= 0 && { durationSeconds: duration?.unit === 'milliseconds' ? length / 1000 : length }),
    ...(chatId && { chat: chatId.toLowerCase() }),
  };
};
