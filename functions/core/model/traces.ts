import * as z from 'zod';
import { maskAny } from './mask.ts';
import { PAYLOADS } from './payloads.ts';

/** The outcomes of a webhook that makes no memo. */
export const TRACED = ['ignored', 'refused'] as const;
export type Traced = (typeof TRACED)[number];

/** The most characters of a reason. */
const REASON = 300;

/**
 * A message on `recordings.fifo` that brings no recording: what became of webhooks of one source. The version is 2, so that
 * a `store` from before this message leaves it in the queue for the next version.
 */
export const webhookTraceSchema = z.object({
  v: z.literal(2),
  trace: z.object({
    /** Each trace has its own: a trace that comes twice counts once. */
    id: z.string().min(1).max(64),
    source: z.string().min(1).max(64),
    outcome: z.enum(TRACED),
    /** How many webhooks, and when the last one came. */
    count: z.int().positive(),
    at: z.iso.datetime(),
    /** Of the last one. */
    reason: z.string().max(REASON),
    /** Of the last one, masked: at most one of each source and outcome in a minute. */
    payload: z.string().max(PAYLOADS.characters).exactOptional(),
  }),
});
export type WebhookTrace = z.infer<typeof webhookTraceSchema>;

/** A reason may quote a hook URL's query, so numbers are masked. */
export const clippedReason = (reason: string): string => maskAny(reason.toWellFormed()).slice(0, REASON).toWellFormed();

/** One of the last traces of a source, as it is kept. Traces of a minute with the same reason are one. */
export interface TracedEvent {
  /** Of the first trace. */
  id: string;
  outcome: Traced;
  count: number;
  /** ISO time of the last one. */
  at: string;
  reason: string;
  /** The place of the first one's payload. */
  slot?: number;
}

/** What is known of one outcome of a source's webhooks. */
export interface TraceSummary {
  /** How many came today, in UTC. A flood is sampled, so there may have been more. */
  today: number;
  /** ISO time of the first one today. Absent where none came today. */
  since?: string;
  /** ISO time of the last one, and its reason. */
  lastAt: string;
  reason: string;
}
