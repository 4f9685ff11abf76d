import type { Readable } from 'node:stream';
import type { Audio, AudioFacts, Fitting } from '../model/audio.ts';
import type { LinqErasure, MemoMessage, RecordingMessage } from '../model/messages.ts';
import type { OnSlow } from './downloads.ts';
import type { SecretRef, Source } from './source.ts';

export type * from './downloads.ts';
export type * from './ledger.ts';

export interface Clock {
  nowMs(): number;
}

/** Facts about one step; the adapter writes them as one line. Never a secret, a signed URL, a body or a number. */
export interface Log {
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}
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
  /** Current values, newest first; none where the secret is absent, or nothing that stands there can be one. */
  read(secret: SecretRef): Promise<readonly string[]>;
  /** A value was refused: what is kept for more than moments is read anew next time. True where that may bring others. */
  forget(): boolean;
}

/** What a person who sets secrets asks besides. */
export interface SecretStore extends Secrets {
  /** Why values that stand there are not used; none where all are, or where the secret is absent. */
  faults(secret: SecretRef): Promise<readonly string[]>;
}

/** A source that is on, under its configured name. */
export interface Sources {
  find(name: string): Promise<Source | undefined>;
}

export interface RecordingsQueue {
  /** Resolves when the queue holds every message, in this order per group; throws `unavailable` when it may not. */
  send(messages: readonly RecordingMessage[]): Promise<void>;
}

export interface MemosQueue {
  /** In order per group, and at most once per memo, generation and force while SQS remembers (five minutes). */
  send(message: MemoMessage, group: string): Promise<void>;
  /** Has `send`, which alone holds Linq's key, delete Linq's copies. */
  sendErasure(erasure: LinqErasure): Promise<void>;
}

/** How much waits, roughly: queues count their own messages no better. */
export interface QueueDepths {
  /** Also those that a consumer holds, and those that are put off. */
  recordings: number;
  memos: number;
  /** Of both queues. */
  deadLetters: number;
}
export interface Queues {
  depths(): Promise<QueueDepths>;
}

export interface AudioStore {
  /** Streams to the key; the object appears whole or not at all. A known length spares the buffering of parts. */
  put(key: string, body: Readable | Uint8Array, bytes?: number): Promise<void>;
  /** Bytes from `start` to `end`, both included; undefined where there is no such object. */
  head(key: string): Promise<{ bytes: number } | undefined>;
  read(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Deletes whatever is under a prefix; how many objects that was. */
  removeAll(prefix: string): Promise<number>;
  /** How many objects are under a prefix. */
  count(prefix: string): Promise<number>;
  /** Within the bucket, without passing through us. */
  copy(from: string, to: string, type: string): Promise<void>;
  /** A GET URL that works without credentials and expires. Holds a signature: never log or keep it. */
  presignGet(audio: Audio, expiresInMs: number): Promise<string>;
  /** A PUT URL for exactly this type and length. */
  presignPut(key: string, type: string, bytes: number, expiresInMs: number): Promise<string>;
}

/** A file that is read by ranges, so that its length costs no memory. */
export interface AudioFile {
  bytes: number;
  /** The bytes from `start` up to `end`, which is not included; both lie within the file. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A piece of sound that Linq takes, made and checked. */
export interface FittedPart {
  bytes: Uint8Array<ArrayBuffer>;
  extension: string;
  facts: AudioFacts;
  /** See `Audio`. */
  waveform?: number[];
}

/** What came of making a recording fit, and what it was. `Kept` is what became of a part where it was kept. */
export type Fitted<Kept> = { original: AudioFacts } & (
  | { kind: 'as-it-is'; extension: string; fitting: Fitting }
  | { kind: 'made'; parts: Kept[]; fitting: Fitting }
  /** `mayGrow`: it holds some sound, and too little of it. */
  | { kind: 'unfit'; reason: string; mayGrow?: true }
);

export interface AudioFitter {
  /**
   * Looks at a recording by its content, and makes of it what plays as a memo.
   * @param keep takes each part as soon as it is whole, also of tries that fail later; what it throws is thrown on
   * @param onLong told once where the work turns out to be long, at best before it begins
   * @throws GaveWay with the reason that `onLong` gives
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
  /** Timestamps say nothing of pauses: a gap is sound that was not decoded, and is left out. Else a gap becomes silence. */
  closeGaps?: boolean;
  /** All sound of an MP4, also that which its edit list leaves out. */
  ignoreEdits?: boolean;
}

/** Hears what the built-in decoders cannot. */
export interface AudioDecoder {
  /** Has the file at hand until it is disposed of; `decode` begins at the file's start each time. */
  open(file: AudioFile, signal: AbortSignal): Promise<AsyncDisposable & { decode(options?: DecodeOptions): Pcm }>;
}

/** What Linq's answer, or its absence, means for the memo. */
export type SendOutcome =
  | { kind: 'done'; messageId: string; attachmentId?: string }
  | { kind: 'refused'; to: 'failed' | 'skipped'; reason: string }
  | { kind: 'not-now'; reason: string; waitsFor: 'linq' | 'line'; retryAfterMs?: number }
  | { kind: 'our-fault'; reason: string }
  | { kind: 'cannot-fetch'; reason: string }
  /** It may have been sent. Never posted again blindly. */
  | { kind: 'unknown'; reason: string };

export interface LinqTrace {
  code?: string;
  traceId?: string;
}

/** Every outcome but the one that was wished for. */
export type NotSent = Exclude<SendOutcome, { kind: 'done' }> & LinqTrace;

export type Uploaded = { kind: 'uploaded'; attachmentId: string } | Exclude<SendOutcome, { kind: 'done' }>;

/** A message of ours in a chat, as Linq lists it, that may hold a file. Texts are left out. */
export interface ListedMessage {
  id: string;
  createdAtMs: number;
  /** Undefined or empty where the list does not say of what the message is made. */
  parts?: readonly { id?: string; filename?: string; type?: string }[];
}

/** What came of asking Linq for a chat's messages: all of them since then, or nothing to conclude from. */
export type Listed =
  | { kind: 'listed'; messages: readonly ListedMessage[] }
  | { kind: 'no-list'; reason: string; ours: boolean; retryAfterMs?: number };

export interface Messenger {
  /** POST /v3/chats/{chat}/voicememo, once; every failure comes back as an outcome. */
  sendVoiceMemo(chat: string, memo: { url: string } | { attachmentId: string }): Promise<SendOutcome & LinqTrace>;
  /** Puts the audio at Linq without sending it: harmless to repeat. */
  upload(audio: Audio, body: () => Promise<Readable>): Promise<Uploaded & LinqTrace>;
  /** GET /v3/chats/{chat}/messages, page by page: what we sent since then, and what is not text. `sinceMs` is of our clock. */
  listSent(chat: string, sinceMs: number): Promise<Listed>;
  /** GET /v3/chats: the ids of the one-to-one chats of a line with a person. */
  findChats(line: string, handle: string): Promise<{ kind: 'chats'; chats: readonly string[] } | NotSent>;
  /** POST /v3/chats with a first message; `key` makes a repetition the same opening. */
  openChat(line: string, handle: string, text: string, key: string): Promise<{ kind: 'chat'; chat: string } | NotSent>;
  /** GET /v3/messages/{id}: the ids of its files; none where there is no such message any more. */
  filesOf(messageId: string): Promise<{ kind: 'files'; attachments: readonly string[] } | NotSent>;
  /** DELETE /v3/attachments/{id}, for good; what is not there any more counts as deleted. */
  deleteAttachment(attachmentId: string): Promise<{ kind: 'deleted' } | NotSent>;
}

/** What a step says of its message: finished, or again later. A step is given the lease's signal and stops when it aborts. */
export type StepVerdict = { kind: 'done'; outcome: string } | { kind: 'later'; delayMs: number; reason: string };
