import type { Readable } from 'node:stream';
import type { Recording } from '../model/recording.ts';
import type { ApiQuestion, FetchPlan, FurtherRecording } from './source.ts';

/** What came of fetching a recording. */
export type Fetched<T> =
  | { kind: 'fetched'; value: T }
  | { kind: 'not-yet'; reason: string; retryAfterMs?: number }
  /** The source is down, slow, or refuses our credentials: it may be fixed. */
  | { kind: 'trouble'; reason: string; retryAfterMs?: number }
  /** A slow download that gave its place to others. Nothing is wrong with its source, and no time for giving up runs. */
  | { kind: 'gave-way'; reason: string }
  /** Rejected for good: gone, too large, or somewhere we do not go. */
  | { kind: 'rejected'; reason: string };

/** A recording whose bytes are still at its source. */
export type RemoteRecording = Recording & { media: { kind: 'url' | 'ask' } };

/**
 * Told once where a download turns out to be slow, or work to be long.
 * @returns why it must give way to others, if so
 */
export type OnSlow = () => Promise<string | undefined>;

/** What takes long: a slow download, or long work on sound. */
export type PlaceKind = 'slow' | 'long';

/** Places that all processes share: so few that what takes long never takes all that `store` has. */
export interface Places {
  /**
   * Takes a place until it is left; the place of a process that died is free when its lease ends.
   * @param run holds the place; the same run may take it again
   * @returns undefined where none is free
   */
  take(kind: PlaceKind, run: string): Promise<Place | undefined>;
}
export interface Place {
  leave(): Promise<void>;
}

/** The beginning of a download that ended early, and how its source tells whether its file is still the same. */
export interface Begun {
  /** How many bytes of it are there. */
  bytes: number;
  /** For `If-Range` (RFC 9110, 13.1.5). */
  validator: string;
  /** Of the whole file. */
  length: number;
  /** Of the address that it came from, without its query: a hash. */
  address: string;
}

export interface DownloadOptions {
  onSlow?: OnSlow;
  /** What an earlier try brought: it is not fetched again where the source's file is the same. */
  begun?: Begun & { read(): Promise<Readable> };
}

export interface Recordings {
  /**
   * Downloads through the guard and hands the bytes on as they come, with their number where the source says it.
   * @param into keeps the bytes. A download that ends early and may be resumed ends like a whole one there; the result is then not
   * `fetched`, and has `begun`.
   * @returns `further`: what else the source says it has recorded of the call
   */
  download<T>(
    recording: RemoteRecording,
    plan: FetchPlan,
    into: (body: Readable, bytes?: number) => Promise<T>,
    lease: AbortSignal,
    options?: DownloadOptions,
  ): Promise<Fetched<T> & { begun?: Begun; further?: readonly FurtherRecording[] }>;
  /** Asks the source's API, through the same guard. */
  ask<T>(question: ApiQuestion<T>, recording: Recording, plan: FetchPlan): Promise<Fetched<T>>;
}
