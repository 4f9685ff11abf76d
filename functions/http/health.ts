import { Hono } from 'hono';
import type * as z from 'zod';
import type { Timing } from '../core/model/timing.ts';
import type { AudioStore, Clock, Ledger, Log, Queues } from '../core/ports/ports.ts';
import type { health } from './response-schemas.ts';
import { snakeCase } from './snake-case.ts';
import { ttlCache } from './ttl-cache.ts';

export interface HealthOptions {
  ledger: Pick<Ledger, 'get'>;
  audio: Pick<AudioStore, 'head'>;
  queues: Queues;
  clock: Clock;
  timing: Timing;
  log: Log;
}

export type Health = z.infer<typeof health>;

/** The AWS service of each part. */
export const PART_NAMES: Readonly<Record<string, string>> = { ledger: 'DynamoDB', bucket: 'S3', queues: 'SQS' };

/** Unauthenticated, so the answer is cached: AWS is asked once in this time. */
const FRESH_MS = 3_000;
/** Neither exists. An answer that says so is an answer. */
const NO_MEMO = 'health';
const NO_OBJECT = 'audio/health';

/** `GET /health`, for a load balancer or a person: 200 when every part answers, else 503 with the parts that do not. */
export const healthRoutes = ({ health }: { health: () => Promise<Health> }) =>
  new Hono().get('/health', async (c) => {
    const seen = await health();
    c.header('Cache-Control', 'no-store');
    return c.json(seen, seen.ok ? 200 : 503);
  });

/** Asks the parts at most once in some seconds, however many callers there are. */
export const cachedHealth = (options: HealthOptions): (() => Promise<Health>) =>
  ttlCache(() => askParts(options), FRESH_MS, options.clock);

/** `DynamoDB and SQS do not answer the bridge`; undefined where every part answers. */
export const whatIsAway = ({ up }: Pick<Health, 'up'>): string | undefined => {
  const away = Object.entries(up).flatMap(([part, isUp]) => (isUp ? [] : [PART_NAMES[part] ?? part]));
  if (away.length === 0) return undefined;
  const [last, ...others] = away.reverse();
  return others.length > 0
    ? `${others.reverse().join(', ')} and ${last} do not answer the bridge`
    : `${last} does not answer the bridge`;
};

/** Asks each part, for `healthMs` at most, whatever the client's own time-out. Never throws. */
const askParts = async ({ ledger, audio, queues, timing, log }: HealthOptions): Promise<Health> => {
  const answered = async <T>(part: string, asked: () => Promise<T>): Promise<{ value: T } | undefined> => {
    try {
      return { value: await within(timing.healthMs, asked) };
    } catch (error) {
      log.warn('does not answer', { step: 'health', reason: part, error });
      return undefined;
    }
  };
  const [row, object, depths] = await Promise.all([
    answered('ledger', () => ledger.get(NO_MEMO)),
    answered('bucket', () => audio.head(NO_OBJECT)),
    answered('queues', () => queues.depths()),
  ]);
  const up = { ledger: row !== undefined, bucket: object !== undefined, queues: depths !== undefined };
  return { ok: up.ledger && up.bucket && up.queues, up, ...(depths && { queues: snakeCase(depths.value) }) };
};

const within = async <T>(ms: number, asked: () => Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([asked(), late]);
  } finally {
    clearTimeout(timer);
  }
};
