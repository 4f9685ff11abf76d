import type { FittedPart } from '../core/ports/ports.ts';
import type { Recipe } from './encode.ts';
import type { Listening } from './listening.ts';

// The messages between the function (engine-threads.ts) and its worker thread (engine-thread.ts).

export type Shape = { bytes: number } | { sampleRate: number; channels: number };
export type Job =
  | { does: 'probe' | 'unreadBytes'; bytes: number }
  | { does: 'measure'; from: Shape; listening: Listening }
  | { does: 'convert'; from: Shape; listening: Listening; recipe: Recipe }
  | { does: 'remux'; bytes: number; maxParts: number };

/** The requests of the thread to the function. */
export type Ask = { read: [start: number, end: number] } | { next: true } | { keep: FittedPart };
/** `job`: the number of the job that makes the request. */
export type FromThread = { ask: Ask; id: number; job: number } | { done: unknown } | { cannot: string };
export type ToThread = { job: Job; number: number } | { answer: unknown; id: number };
