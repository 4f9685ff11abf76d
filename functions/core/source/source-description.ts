import * as z from 'zod';
import { mistakes, strict } from '../model/mistakes.ts';
import type { SecretRef } from '../ports/source.ts';
import type { ProofDescription } from './proof.ts';
import { type Template, templateMistakes } from './signed-pieces.ts';

/** A system that posts JSON and proves itself by a signature, a JWT or credentials, described as data. */
export interface SourceDescription extends ProofDescription {
  kind: string;
  /** The events that announce a recording. Without this, all events do. */
  event?: { path: string; values: readonly string[] };
  /** Paths in the JSON, such as `call.recordings.0.url`. `id` is required in every event. */
  recording: PartyPaths & {
    id: string;
    /** Left out where `fetch.audio` or `fetch.api` has the URL. */
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
    /** Where the audio of a recording is, if that is known from its id: `https://api.acme.example/recordings/{id}/audio`. */
    audio?: string;
    /**
     * The recording at the system's API, read again by its id before use. `{id}` stands in the URL; `audio` and the parties are
     * paths in the JSON answer.
     */
    api?: PartyPaths & { url: string; audio: string };
  };
}

export interface PartyPaths {
  from?: string;
  to?: string;
  direction?: { path: string; inbound: readonly string[]; outbound: readonly string[] };
}

/** Every mistake in a description, each with its path. Repeats the compiler's checks, since many users write JavaScript. */
export const descriptionMistakes = (description: SourceDescription): string[] => {
  const wrong = mistakes(schemaFor(description), description);
  return wrong.length > 0 ? wrong : meantMistakes(description);
};

/** The same description with the names of headers in lower case, as requests have them. Vendors print them in any case. */
export const withLowerCaseHeaders = (description: SourceDescription): SourceDescription => {
  const { signature } = description;
  if (!('signed' in signature)) return description;
  const { header, timestamp, id } = signature;
  const named = {
    header: header.toLowerCase(),
    ...(timestamp && { timestamp: { ...timestamp, header: timestamp.header.toLowerCase() } }),
    ...(id && { id: { header: id.header.toLowerCase() } }),
  };
  return { ...description, signature: { ...signature, ...named } };
};

const text = z.string({ error: 'must be text' }).min(1, 'must not be empty');
const list = (of: z.ZodType, what: string) => z.array(of, { error: `must be a list of ${what}` }).min(1, 'is empty');
const one = <const Words extends readonly string[]>(...words: Words) =>
  z.enum(words, { error: `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}` });
const secret = z.custom<SecretRef>(
  (value) => typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string',
  "must be a secret, such as secret('ACME_SECRET')",
);
const seconds = z.number({ error: 'must be seconds' }).nonnegative('must not be negative');
const tolerance = z.union([seconds, strict({ past: seconds, ahead: seconds })], {
  error: 'must be seconds, or { past, ahead } in seconds',
});
const unit = one('seconds', 'milliseconds', 'auto', 'iso');

const template = {
  signed: text,
  timestamp: strict({ header: text, unit, toleranceSeconds: tolerance }).exactOptional(),
  id: strict({ header: text }).exactOptional(),
};
const SIGNATURES = {
  hmac: strict({
    secret,
    key: one('text', 'base64', 'hex').exactOptional(),
    header: text,
    prefix: z.string().exactOptional(),
    separator: text.exactOptional(),
    algorithm: one('sha1', 'sha256', 'sha512'),
    encoding: one('hex', 'base64'),
    ...template,
  }),
  key: strict({
    publicKey: secret,
    header: text,
    prefix: z.string().exactOptional(),
    algorithm: one('ed25519', 'rsa-sha256'),
    ...template,
  }),
  basic: strict({ scheme: z.literal('basic'), credentials: secret }),
  jwt: strict({
    scheme: z.literal('jwt'),
    secret,
    issuer: secret,
    bodyHash: strict({ claim: text, encoding: one('base64', 'hex') }),
    leewaySeconds: seconds,
  }),
} as const;

/** The schema of the scheme that the description means, so that mistakes are about its fields. */
const signatureFor = (signature: object) => {
  if (!('scheme' in signature)) return 'publicKey' in signature ? SIGNATURES.key : SIGNATURES.hmac;
  if (signature.scheme === 'basic') return SIGNATURES.basic;
  if (signature.scheme === 'jwt') return SIGNATURES.jwt;
  return strict({ scheme: one('basic', 'jwt') }).loose();
};

const direction = strict({
  path: text,
  inbound: list(text, 'words that mean inbound'),
  outbound: list(text, 'words that mean outbound'),
});
const parties = {
  from: text.exactOptional(),
  to: text.exactOptional(),
  direction: direction.exactOptional(),
};

const schemaFor = ({ signature }: SourceDescription) =>
  strict({
    kind: text,
    signature: signatureFor(Object(signature)),
    timestampInBody: strict({ path: text, unit, toleranceSeconds: tolerance }).exactOptional(),
    account: list(strict({ path: text, equals: secret }), '{ path, equals }').exactOptional(),
    event: strict({ path: text, values: list(text, 'event types') }).exactOptional(),
    recording: strict({
      id: text,
      url: text.exactOptional(),
      callId: text.exactOptional(),
      duration: strict({ path: text, unit: one('seconds', 'milliseconds') }).exactOptional(),
      chat: text.exactOptional(),
      ...parties,
    }),
    fetch: strict({
      hosts: z.array(text, { error: 'must be a list of hosts' }),
      credentials: strict({
        secret,
        header: text,
        prefix: z.string().exactOptional(),
        hosts: list(text, 'hosts'),
      }).exactOptional(),
      notYet: z.array(z.int().min(100).max(599), { error: 'must be a list of HTTP statuses' }).exactOptional(),
      audio: text.exactOptional(),
      api: strict({ url: text, audio: text, ...parties }).exactOptional(),
    }),
  });

const WITH_ID = /^https:\/\/[^{]+\/.*\{id\}/;

/** Whether a URL is at a host, or at a subdomain where the host begins with `*.`. */
const isAt = (url = '', host: string): boolean => {
  const { hostname } = URL.canParse(url) ? new URL(url) : { hostname: '' };
  return host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host;
};

/** Mistakes that show only in several fields together. */
const meantMistakes = ({ signature, recording, fetch }: SourceDescription): string[] =>
  [
    ...('signed' in signature ? templateMistakes(signature as Template) : []),
    fetch.hosts.length === 0 && 'fetch.hosts: must name the hosts that audio may come from',
    recording.url === undefined &&
      !fetch.api &&
      !fetch.audio &&
      'recording.url: must be given unless fetch.audio or fetch.api is given',
    recording.url !== undefined && fetch.audio && 'fetch.audio: cannot stand beside recording.url',
    fetch.audio && !WITH_ID.test(fetch.audio) && 'fetch.audio: must be an https URL with {id} in its path',
    fetch.audio && !fetch.hosts.some((host) => isAt(fetch.audio, host)) && 'fetch.audio: must be at one of fetch.hosts',
    fetch.api && !WITH_ID.test(fetch.api.url) && 'fetch.api.url: must be an https URL with {id} in its path',
  ].filter((mistake) => typeof mistake === 'string');
