import * as z from 'zod';
import type { Parties, Recording } from '../core/model/recording.ts';
import type { ApiQuestion, Classification, Source } from '../core/ports/source.ts';
import { textOf, valueAt } from '../core/source/json-path.ts';
import { faultySource } from '../core/source/or-mistakes.ts';
import { proofBy } from '../core/source/proof.ts';
import { NOT_JSON, readJson } from '../core/source/read-json.ts';
import {
  descriptionMistakes,
  type PartyPaths,
  type SourceDescription,
  withLowerCaseHeaders,
} from '../core/source/source-description.ts';

export type { SourceDescription };

/**
 * Makes a source from a description. A description with mistakes makes a source that names them in `mistakes`: `defineBridge` reports
 * them with the mistakes of all other sources.
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
  const wrong = descriptionMistakes(description);
  if (wrong.length > 0) return faultySource(String(description.kind), wrong);
  const { kind, event, recording, fetch } = description;
  const { credentials, api } = fetch;
  const proof = proofBy(withLowerCaseHeaders(description));
  const namesParties = api && (api.from ?? api.to ?? api.direction) !== undefined;

  return {
    kind,
    ...proof,

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
      if ((fetch.audio ?? api) && /^\.{1,2}$/.test(id))
        return { kind: 'unreadable', reason: `${recording.id}: must be an id, and leads to another address` };
      const common = { source: name, id, ...facts(json, recording) };
      if (fetch.audio !== undefined)
        return {
          kind: 'recordings',
          recordings: [{ ...common, media: { kind: 'url', url: withId(fetch.audio, id) } }],
        };
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

const ask = <T>(url: string, { id }: Recording, read: ApiQuestion<T>['read']): ApiQuestion<T> => ({
  url: withId(url, id),
  read,
});

/** The id is a stranger's text: it stays one segment of the path. */
const withId = (url: string, id: string): string => url.replace('{id}', () => encodeURIComponent(id.toWellFormed()));

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
