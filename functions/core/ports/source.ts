import type { Media, Parties, Recording } from '../model/recording.ts';

/** The name of a secret; its values are read when they are needed, never kept in the configuration. */
export interface SecretRef {
  readonly name: string;
  /**
   * Why a value cannot be this secret, where more can be said than of any; undefined where it can. The sentence goes on after the
   * secret's name, and shows nothing of the value.
   * @param count how many values stand there
   */
  readonly whyNot?: (value: string, count: number) => string | undefined;
}

/** A webhook as it arrived: nothing of it is believed yet. */
export interface WebhookRequest {
  method: string;
  /** As the sender addressed it: the configured public URL, the path and the raw query. Some schemes sign it. */
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The exact bytes: signatures cover these, not what a parser makes of them. */
  body: Uint8Array;
}

declare const verified: unique symbol;
/** A webhook whose sender is proved. Only `authentic` makes one, so acting on an unverified event does not compile. */
export type Verified = WebhookRequest & { readonly [verified]: true };

export type Authentication =
  | { kind: 'authentic'; event: Verified }
  | { kind: 'refused'; reason: string }
  /** The sender forgot to sign and signs when it is asked again (Vonage): answered so that it retries. */
  | { kind: 'unsigned'; reason: string };

/** To be called by a source's `authenticate`, and only after the proof. */
export const authentic = (request: WebhookRequest): Authentication => ({
  kind: 'authentic',
  // The brand exists for the compiler alone; this is the one place that gives it.
  event: request as Verified,
});

export const refused = (reason: string): Authentication => ({ kind: 'refused', reason });

/** A recording as an event announces it; some sources put the audio itself into the event. */
export type Announced = Omit<Recording, 'media'> & { media: Media | { kind: 'inline'; bytes: Uint8Array } };

/** What an authentic event means to us. */
export type Classification =
  /** `unread` says what is wrong with further entries that cannot be read. */
  | { kind: 'recordings'; recordings: readonly Announced[]; unread?: string }
  /** A recording is on its way; another event will bring it. */
  | { kind: 'not-ready'; reason: string }
  /** Nothing for us, with the reason. */
  | { kind: 'ignored'; reason: string }
  /** Authentic, but not what the source documents: names the field. */
  | { kind: 'unreadable'; reason: string };

/** A source's own answer to a handshake, before or instead of event handling. */
export interface HookAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: string;
}

/** What a source's functions may use of the world. */
export interface SourceContext {
  nowMs: number;
  /** The current values of a secret: several during a rotation, none where it is absent. */
  read(secret: SecretRef): Promise<readonly string[]>;
}

/** A question to the source's own API, asked with the fetch plan's credentials. */
export interface ApiQuestion<T> {
  url: string;
  /** Sent as JSON by POST, where the question is no GET. */
  post?: unknown;
  /** Reads the parsed JSON answer; undefined where it does not hold what was asked. */
  read(json: unknown): T | undefined;
}

/** What finding credentials may use besides. */
export interface FetchContext extends SourceContext {
  /**
   * For credentials that must first be exchanged for a token (OAuth): one POST to a credential host, its parsed JSON answer.
   * Throws where the host does not answer 2xx with JSON; the recording is then tried again later.
   */
  exchange(request: { url: string; headers: Readonly<Record<string, string>>; body: string }): Promise<unknown>;
}

/** A further recording of the same call, which the source is asked for as it was for this one (`media.kind` is `ask`). */
export type FurtherRecording = Pick<Recording, 'id' | 'reference'>;

/** A recording's URL as its source gives it. */
export type FreshUrl =
  | string
  | {
      url: string;
      /** The address at which the source is told to DELETE the URL again after use. */
      deleteAt?: string;
      /** What else the source has recorded of the call. Each becomes a memo of its own for the same target. */
      further?: readonly FurtherRecording[];
    };

/** How a recording's bytes are got. Everything not named here is refused by the download guard. */
export interface FetchPlan {
  /** Host names the audio may come from; `*.example.com` takes in its subdomains. `any-public`: whatever is not private. */
  hosts: readonly string[] | 'any-public';
  /** Header sets to try in turn (several during a rotation). Sent to `credentialHosts` only, redirects included. */
  credentials?(recording: Recording, context: FetchContext): Promise<readonly Readonly<Record<string, string>>[]>;
  credentialHosts?: readonly string[];
  /** What `credentials` reads; `store` alone may. */
  secrets?: readonly SecretRef[];
  /** A redirect to this path means that the credentials are wrong, as 401 does. */
  loginPath?: string;
  /** What a 401 or 403 may come of, beside a wrong credential. It is put behind "the source answered 401". */
  whenRefused?: string;
  /** Statuses that mean "not ready yet" just after the event. */
  notYet: readonly number[];
  /** Where a recording may be hours away from its event; minutes are the rule. */
  readyWithin?: 'hours';
  /** How to get a URL where the event had none (`media.kind` is `ask`), or a fresh one for one that has expired or is refused. */
  freshUrl?(recording: Recording): ApiQuestion<FreshUrl>;
  /** The same recording at the source's API, for a URL that is refused: an address that need not be asked for. */
  apiUrl?(recording: Recording): string;
}

/** What the sender's status codes must be where they differ from ours; see `functions/http/hooks.ts`. */
export type HookOutcome = 'accepted' | 'pending' | 'ignored' | 'refused' | 'unsigned' | 'unreadable';

/** A system that calls us. One file under `functions/sources/` makes one. */
export interface Source {
  /** The kind, as in the file's name. */
  kind: string;
  /** What proves the sender; a source is off while one of these is absent. */
  secrets: readonly SecretRef[];
  /** What the signature covers; the contract suite changes each and expects a refusal. */
  covers: { body: boolean; url: boolean; time: boolean; id: boolean };
  /** Proves the sender over the raw bytes, in constant time, against every current secret. */
  authenticate(request: WebhookRequest, context: SourceContext): Promise<Authentication>;
  /** Answers the source's own handshakes (it does its own proving); undefined for an ordinary event. */
  handshake?(request: WebhookRequest, context: SourceContext): Promise<HookAnswer | undefined>;
  /** @param name the source's name in the configuration, which its recordings carry */
  classify(event: Verified, name: string): Classification;
  /** How to ask the source who called whom, where its events leave that out. */
  lookUpParties?(recording: Recording): ApiQuestion<Parties> | undefined;
  fetch: FetchPlan;
  statuses?: Partial<Record<HookOutcome, number>>;
  /** Where events may be larger than a mebibyte (audio inside), and what the sender can do instead of a still larger one. */
  largeBody?: { maxBytes: number; instead: string };
}
