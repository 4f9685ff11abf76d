import type { Readable } from 'node:stream';
import type { Audio, AudioFacts, Fitting } from '../model/audio.ts';
import type { LinqErasure, MemoMessage, RecordingMessage } from '../model/messages.ts';
import type { WebhookTrace } from '../model/traces.ts';
import type { OnSlow } from './downloads.ts';
import type { SecretRef, Source } from './source.ts';

export type * from './downloads.ts';
export type * from './ledger.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/** Writes the facts of one step as one line. Never a secret, a signed URL, a body or a whole telephone number. */
export interface Log {
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}
/** Metrics and alarms are made from level, step and outcome: `core/observe/metrics.ts`. */
export interface LogFacts {
  step?: string;
  source?: string;
  memo?: string;
  outcome?: string;
  ms?: number;
  reason?: string;
  error?: unknown;
}

export interface Secrets {
  /**
   * The current values of a secret, newest first. Empty where the secret is absent or has no usable value.
   * @throws what the secret store throws where it cannot be read
   */
  read(secret: SecretRef): Promise<readonly string[]>;
  /** After a rejection, drops values cached over 5 seconds. Returns whether any were. */
  forget(): boolean;
}

/** For the command that sets and checks secrets. */
export interface SecretStore extends Secrets {
  /**
   * Why values of a secret are not used: one sentence each. Empty where all are used, or where the secret is absent.
   */
  faults(secret: SecretRef): Promise<readonly string[]>;
}

/** The sources of the configuration. */
export interface Sources {
  /** @returns undefined where no source has this name, or where the source is off */
  find(name: string): Promise<Source | undefined>;
}

export interface RecordingsQueue {
  /**
   * Resolves when the queue holds every message, in this order within each group.
   * @throws AftercallError `unreadable` for a message that its consumer could not read, `unavailable` where the queue
   * may not hold all
   */
  send(messages: readonly RecordingMessage[]): Promise<void>;
}

export interface MemosQueue {
  /**
   * Resolves when the queue holds the message, in order within its group. SQS drops a second message with the same
   * memo, generation and force for five minutes.
   * @param group the target's message group: `groupOf`
   * @throws AftercallError `unavailable` where the queue may not hold the message
   */
  send(message: MemoMessage, group: string): Promise<void>;
  /** Asks `send` to delete Linq's copies: only `send` holds Linq's key. */
  sendErasure(erasure: LinqErasure): Promise<void>;
}

/** Takes the traces of webhooks that make no memo. */
export interface TraceQueue {
  /** Resolves when the queue holds the trace. Throws what the queue throws. */
  send(trace: WebhookTrace): Promise<void>;
}

/** Roughly how many messages wait: SQS gives only approximate numbers. */
export interface QueueDepths {
  /** Includes messages that a consumer holds and messages that are delayed. */
  recordings: number;
  memos: number;
  /** Of both queues. */
  deadLetters: number;
}
export interface Queues {
  depths(): Promise<QueueDepths>;
}

/** The bucket. Every method throws what the storage throws. */
export interface AudioStore {
  /**
   * Streams to the key; the object appears whole or not at all. With `bytes`, the length, no parts are buffered. `type`
   * is the MIME type.
   */
  put(key: string, body: Readable | Uint8Array, bytes?: number, type?: string): Promise<void>;
  /** @returns undefined where there is no such object */
  head(key: string): Promise<{ bytes: number } | undefined>;
  /** Reads an object, or its bytes from `start` to `end`, both included. */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Deletes all objects under a prefix. @returns how many objects there were */
  removeAll(prefix: string): Promise<number>;
  /** Counts the objects under a prefix. */
  count(prefix: string): Promise<number>;
  /** Copies within the bucket; the bytes do not pass through us. `type` is the copy's MIME type. */
  copy(from: string, to: string, type: string): Promise<void>;
  /** A GET URL that works without credentials and expires. The URL holds a signature: never log or store it. */
  presignGet(audio: Audio, expiresInMs: number): Promise<string>;
  /** A PUT URL for exactly this type and length. */
  presignPut(key: string, type: string, bytes: number, expiresInMs: number): Promise<string>;
}

/** A file that is read by ranges, so that a long file needs no more memory. */
export interface AudioFile {
  bytes: number;
  /** The bytes from `start` up to but without `end`; both lie within the file. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A piece of sound that Linq accepts, made and checked. */
export interface FittedPart {
  bytes: Uint8Array<ArrayBuffer>;
  extension: string;
  facts: AudioFacts;
  /** See `Audio`. */
  waveform?: number[];
}

/**
 * The result of the fitting. `original` describes the recording; `Kept` is what the caller's `keep` returns for each
 * part.
 */
export type Fitted<Kept> = { original: AudioFacts } & (
  | { kind: 'as-it-is'; extension: string; fitting: Fitting }
  | { kind: 'made'; parts: Kept[]; fitting: Fitting }
  /** `mayGrow`: the file holds some sound, but too little. The source may still be writing it. */
  | { kind: 'unfit'; reason: string; mayGrow?: true }
);

export interface AudioFitter {
  /**
   * Probes a recording by its content, and makes a file that plays as a memo.
   * @param keep stores each part as soon as it is whole, also parts of tries that fail later
   * @param lease aborts the work when the step has lost its message
   * @param onLong called once when the work turns out to be long, if possible before the work begins
   * @throws GaveWay with the reason that `onLong` gives; what `keep` throws; an error of ours, after which the step is
   * tried again
   */
  fit<Kept>(
    file: AudioFile,
    keep: (part: FittedPart) => Promise<Kept>,
    lease: AbortSignal,
    onLong?: OnSlow,
  ): Promise<Fitted<Kept>>;
}

/** Signed 16-bit little-endian PCM, interleaved. */
export interface Pcm {
  sampleRate: number;
  channels: number;
  chunks: AsyncIterable<Uint8Array>;
}

export interface DecodeOptions {
  /** For containers whose timestamps do not mark pauses: a gap is left out. Otherwise a gap becomes silence. */
  closeGaps?: boolean;
  /** Decodes all sound of an MP4, also what its edit list leaves out. */
  ignoreEdits?: boolean;
}

/** The second engine: decodes codecs that the built-in decoders cannot read. */
export interface AudioDecoder {
  /** Keeps the file available until the result is disposed of. `decode` begins at the file's start each time. */
  open(file: AudioFile, signal: AbortSignal): Promise<AsyncDisposable & { decode(options?: DecodeOptions): Pcm }>;
}

/** What Linq's answer means for the memo, or the lack of an answer. */
export type SendOutcome =
  | { kind: 'done'; messageId: string; attachmentId?: string }
  | { kind: 'refused'; to: 'failed' | 'skipped'; reason: string }
  | { kind: 'not-now'; reason: string; waitsFor: 'linq' | 'line'; retryAfterMs?: number }
  | { kind: 'our-fault'; reason: string }
  | { kind: 'cannot-fetch'; reason: string }
  /** The memo may have been sent. It is not posted again until Linq has been asked. */
  | { kind: 'unknown'; reason: string };

export interface LinqTrace {
  code?: string;
  traceId?: string;
}

/** Every outcome except success. */
export type NotSent = Exclude<SendOutcome, { kind: 'done' }> & LinqTrace;

export type Uploaded = { kind: 'uploaded'; attachmentId: string } | Exclude<SendOutcome, { kind: 'done' }>;

/** One of our messages in a chat, as Linq lists it, that may hold a file. Text messages are left out. */
export interface ListedMessage {
  id: string;
  createdAtMs: number;
  /** Undefined or empty where the list does not name the message's parts. */
  parts?: readonly { id?: string; filename?: string; type?: string }[];
}

/**
 * Linq's list of a chat's messages: complete since the given time, or no list, from which nothing follows. `ours`: our
 * key or line is refused.
 */
export type Listed =
  | { kind: 'listed'; messages: readonly ListedMessage[] }
  | { kind: 'no-list'; reason: string; ours: boolean; retryAfterMs?: number };

/** Where Linq gets the audio of a memo: from our presigned URL, or from an attachment that we uploaded. */
export type VoiceMemo = { url: string } | { attachmentId: string };

/**
 * The API of Linq, v3 (docs/linq.md). Each method returns every failure as an outcome, and throws only what reading the
 * audio throws.
 */
export interface Messenger {
  /** POST /v3/chats/{chat}/voicememo, once. */
  sendVoiceMemo(chat: string, memo: VoiceMemo): Promise<SendOutcome & LinqTrace>;
  /** Uploads the audio to Linq without sending it. May be repeated. */
  upload(audio: Audio, body: () => Promise<Readable>): Promise<Uploaded & LinqTrace>;
  /** GET /v3/chats/{chat}/messages, all pages: our messages since `sinceMs` (by our clock) that may hold a file. */
  listSent(chat: string, sinceMs: number): Promise<Listed>;
  /** GET /v3/chats: the ids of the one-to-one chats of a line with a person. */
  findChats(line: string, handle: string): Promise<{ kind: 'chats'; chats: readonly string[] } | NotSent>;
  /** POST /v3/chats with a first message. Two requests with the same idempotency `key` open one chat. */
  openChat(line: string, handle: string, text: string, key: string): Promise<{ kind: 'chat'; chat: string } | NotSent>;
  /** GET /v3/messages/{id}: the ids of its files; empty where the message no longer exists. */
  filesOf(messageId: string): Promise<{ kind: 'files'; attachments: readonly string[] } | NotSent>;
  /** DELETE /v3/attachments/{id}. An attachment that no longer exists counts as deleted. */
  deleteAttachment(attachmentId: string): Promise<{ kind: 'deleted' } | NotSent>;
}

/** A step's verdict on its message: finished, or to be received again after `delayMs`. */
export type StepVerdict = { kind: 'done'; outcome: string } | { kind: 'later'; delayMs: number; reason: string };
