import type { Readable } from 'node:stream';
import type { Recording } from '../model/recording.ts';
import type { ApiQuestion, FetchPlan, FurtherRecording } from './source.ts';

/** The result of fetching a recording. `reason` is for the memo's row: no secret and no URL stands in it. */
export type Fetched<T> =
  | { kind: 'fetched'; value: T }
  | { kind: 'not-yet'; reason: string; retryAfterMs?: number }
  /** The source is down, slow, or refuses our credentials. A later try may succeed. */
  | { kind: 'trouble'; reason: string; retryAfterMs?: number }
  /** A slow download that gave its place to others. The source is well, so the wait clock does not run. */
  | { kind: 'gave-way'; reason: string }
  /** Rejected for good: gone, too large, or at an address that is not allowed. */
  | { kind: 'rejected'; reason: string };

/** A recording whose bytes are still at its source. */
export type RemoteRecording = Recording & { media: { kind: 'url' | 'ask' } };

/**
 * Called once when a download turns out to be slow, or work to be long.
 * @returns why it must give way to others; undefined where it may go on
 */
export type OnSlow = () => Promise<string | undefined>;

/** `slow`: a slow download. `long`: long work on sound. */
export type PlaceKind = 'slow' | 'long';

/** Places that all processes share. There are few, so that slow recordings never use all of `store`. */
export interface Places {
  /**
   * Takes a place until it is left. The place of a process that died is free again when its lease ends.
   * @param run the id of the run that holds the place; the same run may take the place again
   * @returns undefined where no place is free
   */
  take(kind: PlaceKind, run: string): Promise<Place | undefined>;
}
export interface Place {
  /** Frees the place for others. */
  leave(): Promise<void>;
}

/** The beginning of a download that ended early, and how its source shows that its file is still the same. */
export interface Begun {
  /** How many bytes we have. */
  bytes: number;
  /** An ETag or a date for `If-Range` (RFC 9110, 13.1.5). */
  validator: string;
  /** Bytes of the whole file. */
  length: number;
  /** A hash of the download's address without its query. */
  address: string;
}

export interface DownloadOptions {
  onSlow?: OnSlow;
  /** What an earlier try fetched: those bytes are not fetched again where the source's file is still the same. */
  begun?: Begun & { read(): Promise<Readable> };
}

/** The hosts that recordings come from, behind the download guard. */
export interface Recordings {
  /**
   * Downloads through the guard and hands the bytes on as they come, with their number where the source gives it.
   * @param into stores the bytes. A download that ends early and may be resumed looks complete to `into`; the result is
   * then not `fetched`, and has `begun`.
   * @param lease aborts the download when the step has lost its message
   * @returns `further`: the other recordings of the call that the source has named
   * @throws what `into` throws, and the lease's abort; every failure of the source is a result
   */
  download<T>(
    recording: RemoteRecording,
    plan: FetchPlan,
    into: (body: Readable, bytes?: number) => Promise<T>,
    lease: AbortSignal,
    options?: DownloadOptions,
  ): Promise<Fetched<T> & { begun?: Begun; further?: readonly FurtherRecording[] }>;
  /** Asks the source's API, through the same guard. Every failure is a result. */
  ask<T>(question: ApiQuestion<T>, recording: Recording, plan: FetchPlan): Promise<Fetched<T>>;
}
