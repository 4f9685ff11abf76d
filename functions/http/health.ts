import { Hono } from 'hono';
import type * as z from 'zod';
import type { Timing } from '../core/model/timing.ts';
import type { AudioStore, Clock, Ledger, Log, Queues } from '../core/ports/ports.ts';
import type { health } from './response-schemas.ts';
import { snakeCase } from './snake-case.ts';
import { remember } from './ttl-cache.ts';

export interface HealthOptions {
  ledger: Pick<Ledger, 'get'>;
  audio: Pick<AudioStore, 'head'>;
  queues: Queues;
  clock: Clock;
  timing: Timing;
  log: Log;
}

export type Health = z.infer<typeof health>;

/** The door is open: however many ask, the cloud is asked once in so long. */
const FRESH_MS = 5_000;
/** There is no such memo and no such object: a look finds nothing, and nothing is all it needs to find. */
const NO_MEMO = 'health';
const NO_OBJECT = 'audio/health';

/** `GET /health`, for a load balancer or a person: 200 when all is up, and otherwise 503 with what is down. */
export const healthRoutes = (options: HealthOptions) => {
  const seenLately = remember(() => look(options), FRESH_MS, options.clock);
  return new Hono().get('/health', async (c) => {
    const seen = await seenLately();
    c.header('Cache-Control', 'no-store');
    return c.json(seen, seen.ok ? 200 : 503);
  });
};

/** Each part is looked at for so long at most, whatever its own client's patience. Never throws. */
const look = async ({ ledger, audio, queues, timing, log }: HealthOptions): Promise<Health> => {
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
