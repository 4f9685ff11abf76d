import type { Media, Parties, Recording } from '../model/recording.ts';

/** The name of a secret. Its values are read when they are needed; the configuration never holds them. */
export interface SecretRef {
  readonly name: string;
  /**
   * A check of this secret's own, beside the checks for every secret.
   * @param count how many values the secret has
   * @returns why the value cannot be this secret: a sentence that continues after the secret's name and shows nothing
   * of the value
   */
  readonly whyNot?: (value: string, count: number) => string | undefined;
}

/** A webhook as it arrived. Nothing in it is trusted yet. */
export interface WebhookRequest {
  method: string;
  /** The URL that the sender used: the configured public URL, the path and the raw query. Some schemes sign the URL. */
  url: string;
  /** Header names are in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The exact bytes that the sender signed. */
  body: Uint8Array;
}

declare const verified: unique symbol;
/**
 * A webhook whose sender is verified. Only `authentic` makes this type, so code that acts on an unverified event does
 * not compile.
 */
export type Verified = WebhookRequest & { readonly [verified]: true };

export type Authentication =
  | { kind: 'authentic'; event: Verified }
  | { kind: 'refused'; reason: string }
  /** Vonage sometimes sends without a signature and signs the retry. The answer makes the sender retry. */
  | { kind: 'unsigned'; reason: string };

/** A source's `authenticate` calls this, and only after it has verified the signature. */
export const authentic = (request: WebhookRequest): Authentication => ({
  kind: 'authentic',
  // The brand exists only for the compiler, and only this function gives it.
  event: request as Verified,
});

/** @param reason for the log: names the header, shows nothing of its value */
export const refused = (reason: string): Authentication => ({ kind: 'refused', reason });

/** A recording as an event announces it. Some sources put the audio itself into the event (`inline`). */
export type Announced = Omit<Recording, 'media'> & { media: Media | { kind: 'inline'; bytes: Uint8Array } };

/** The meaning of an authentic event. */
export type Classification =
  /** `unread`: the reason where the event has further entries that cannot be read. */
  | { kind: 'recordings'; recordings: readonly Announced[]; unread?: string }
  /** The recording comes with a later event. */
  | { kind: 'not-ready'; reason: string }
  /** The event announces no recording. */
  | { kind: 'ignored'; reason: string }
  /** Authentic, but not as the source documents it. The reason names the field. */
  | { kind: 'unreadable'; reason: string };

/** The HTTP answer to a source's handshake. */
export interface HookAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: string;
}

/** The time and the secrets, for a source's functions. */
export interface SourceContext {
  /** Milliseconds since 1970. */
  nowMs: number;
  /** The current values of a secret: several during a rotation, none where the secret is absent. */
  read(secret: SecretRef): Promise<readonly string[]>;
}

/** An object that has been created in a bucket of the user's. */
export interface StoredObject {
  bucket: string;
  key: string;
  /** Bytes, where the event has it. */
  size?: number;
}

/** What a source may say of a call when it is asked. `chat`: a chat id that the call itself names. */
export type CallFacts = Parties & { chat?: string };

/** A request to the source's own API, sent with the fetch plan's credentials. */
export interface ApiQuestion<T> {
  /** `s3://bucket/key` asks a bucket of the user's for the JSON in that object. */
  url: string;
  /** Asks for the metadata of the object at an `s3://` address, and not for its JSON. */
  metadata?: true;
  /** An API of AWS: the request is signed by the function's own role. */
  aws?: { service: string; region: string };
  /** The answer may name the chat, so it is asked before the routes decide. */
  mayNameChat?: true;
  /** The JSON body of a POST; a GET where absent. */
  post?: unknown;
  /** Reads the parsed JSON answer. @returns undefined where the answer does not have the facts */
  read(json: unknown): T | undefined;
}

/** For a fetch plan's `credentials`. */
export interface FetchContext extends SourceContext {
  /**
   * Exchanges credentials for a token (OAuth): one POST to a credential host.
   * @returns the parsed JSON answer
   * @throws where the host does not answer 2xx with JSON; the recording is then tried again later
   */
  exchange(request: { url: string; headers: Readonly<Record<string, string>>; body: string }): Promise<unknown>;
}

/** A further recording of the same call. The source is asked for its URL as for this one's (`media.kind` is `ask`). */
export type FurtherRecording = Pick<Recording, 'id' | 'reference'>;

/** A recording's URL from its source. */
export type FreshUrl =
  | string
  | {
      url: string;
      /** The address of the request that deletes the URL again after use. */
      deleteAt?: string;
      /** The other recordings of the call. Each becomes a memo of its own for the same target. */
      further?: readonly FurtherRecording[];
    };

/** How a recording is fetched. The download guard refuses everything that is not named here. */
export interface FetchPlan {
  /**
   * The hosts that audio may come from; `*.example.com` includes subdomains. `any-public`: every address that is not
   * private.
   */
  hosts: readonly string[] | 'any-public';
  /**
   * Sets of headers to try in turn; several during a rotation. They are sent only to `credentialHosts`, also after a
   * redirect.
   * @throws where a token cannot be had now; the recording is then tried again later
   */
  credentials?(recording: Recording, context: FetchContext): Promise<readonly Readonly<Record<string, string>>[]>;
  credentialHosts?: readonly string[];
  /** The secrets that `credentials` reads. Only the function `store` may read them. */
  secrets?: readonly SecretRef[];
  /** What `store` must be allowed to do in AWS, beside reading `buckets`: `connect:DescribeContact` on the contacts of an instance. */
  awsRights?: readonly { action: string; resource: string }[];
  /** A redirect to this path means that the credentials are wrong, as 401 does. */
  loginPath?: string;
  /** Other causes of a 401 or 403 than a wrong credential. The text is shown after "the source answered 401". */
  whenRefused?: string;
  /** HTTP statuses that mean "not ready yet" just after the event. */
  notYet: readonly number[];
  /** `hours`: a recording may be ready hours after its event. Without this, ten minutes are allowed. */
  readyWithin?: 'hours';
  /** Asks for a URL: where the event had none (`media.kind` is `ask`), or where its URL has expired or is refused. */
  freshUrl?(recording: Recording): ApiQuestion<FreshUrl>;
  /** The recording's address at the source's API, used with credentials where the event's URL is refused. */
  apiUrl?(recording: Recording): string;
}

/** The outcomes of a webhook. `functions/http/hooks.ts` has the HTTP status of each. */
export type HookOutcome = 'accepted' | 'pending' | 'ignored' | 'refused' | 'unsigned' | 'unreadable' | 'unavailable';

/**
 * A system that posts webhooks about recordings. One file under `functions/sources/` makes one source; a bridge
 * connects it by a line in `bridge.config.ts`. For a system that signs JSON with an HMAC, `defineSource` needs no code.
 * `docs/add-a-source.md` has the steps.
 *
 * @example
 * import { authentic, refused, type Source } from './functions/core/ports/source.ts';
 * import { NOT_JSON, readJson } from './functions/core/source/read-json.ts';
 * import { hmac, sameText } from './functions/core/source/signature.ts';
 *
 * export const acme: Source = {
 *   kind: 'acme',
 *   secrets: [{ name: 'ACME_SECRET' }],
 *   covers: { body: true, url: false, time: false, id: false },
 *   async authenticate(request, { read }) {
 *     const given = request.headers['x-acme-signature'] ?? '';
 *     const keys = await read({ name: 'ACME_SECRET' });
 *     const matches = keys.map((key) => sameText(given, hmac('sha256', key, [request.body], 'hex')));
 *     return matches.includes(true) ? authentic(request) : refused('x-acme-signature does not match');
 *   },
 *   classify(event, name) {
 *     const call = readJson(event.body) as { id?: string; url?: string } | undefined;
 *     if (!call) return NOT_JSON;
 *     if (!call.id || !call.url) return { kind: 'unreadable', reason: 'id and url are needed' };
 *     return { kind: 'recordings', recordings: [{ source: name, id: call.id, media: { kind: 'url', url: call.url } }] };
 *   },
 *   fetch: { hosts: ['media.acme.example'], notYet: [404] },
 * };
 */
export interface Source {
  /** The kind: the name of the source's file. */
  kind: string;
  /** What is wrong with the options that the source was made with: a line each, with its path. `defineBridge` reports them. */
  mistakes?: readonly string[];
  /** The secrets that verify the sender. While one of them is absent, the source is off. */
  secrets: readonly SecretRef[];
  /**
   * What the signature covers. The contract suite changes each of these and expects a refusal. `path`: the path of the URL, and neither
   * host nor query.
   */
  covers: { body: boolean; url: boolean | 'path'; time: boolean; id: boolean };
  /**
   * The proof covers nothing of the payload but an id: `classify` takes no other fact from the body, and the recording is read
   * again from the source's API by its id before use (`lookUpParties`, `freshUrl`).
   */
  payload?: 'id-only';
  /**
   * Verifies the sender from the raw bytes, in constant time, against every current value of the secret.
   * @throws what `context.read` throws; the sender is then answered 503 and retries
   */
  authenticate(request: WebhookRequest, context: SourceContext): Promise<Authentication>;
  /** Answers the source's handshake, which it verifies itself. @returns undefined for an ordinary event */
  handshake?(request: WebhookRequest, context: SourceContext): Promise<HookAnswer | undefined>;
  /** The sender tests the hook URL before its secret is known: `handshake` answers while the source is off too. */
  handshakeWhileOff?: true;
  /**
   * Reads an authentic event. Never throws: an event that cannot be read is `unreadable`.
   * @param name the source's name in the configuration, which its recordings carry
   */
  classify(event: Verified, name: string): Classification;
  /**
   * Reads an object that was created in one of the source's buckets (`source` of `buckets` in the configuration). A source that has
   * this takes no webhooks. Never throws.
   */
  classifyObject?(object: StoredObject, name: string): Classification;
  /** The request that asks the source who called whom, where its events leave that out. */
  lookUpParties?(recording: Recording): ApiQuestion<CallFacts> | undefined;
  /** How recordings of this source are fetched. */
  fetch: FetchPlan;
  /** HTTP statuses that differ from ours, where the sender's retry rules need others. */
  statuses?: Partial<Record<HookOutcome, number>>;
  /**
   * For events larger than a mebibyte (with audio inside): the limit in bytes, and what the sender can do instead of a
   * larger event.
   */
  largeBody?: { maxBytes: number; instead: string };
}
