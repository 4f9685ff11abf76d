import { Hono } from 'hono';
import type * as z from 'zod';
import { maskAny } from '../core/model/mask.ts';
import type { TraceSummary } from '../core/model/traces.ts';
import type { SourceSeen, sourcesSeen } from '../core/observe/sources-seen.ts';
import type { Clock } from '../core/ports/ports.ts';
import type { sourceList } from './source-schemas.ts';
import { ttlCache } from './ttl-cache.ts';

export interface SourcesOptions {
  seenSources: ReturnType<typeof sourcesSeen>;
  /** The names of the sources. */
  sources: readonly string[];
  clock: Clock;
}

/** Each request would read a row of every source. */
const FRESH_MS = 2_000;

/** `GET /sources` says what came from each source lately, and what became of it. */
export const sourceRoutes = ({ seenSources, sources, clock }: SourcesOptions) => {
  const seen = ttlCache(() => seenSources(sources), FRESH_MS, clock);
  return new Hono().get('/sources', async (c) => {
    const answer: z.infer<typeof sourceList> = { sources: (await seen()).map(inJson) };
    return c.json(answer);
  });
};

const inJson = ({ name, lastAcceptedAt, acceptedToday = 0, ignored, refused }: SourceSeen) => ({
  name,
  ...(lastAcceptedAt !== undefined && { last_accepted_at: lastAcceptedAt }),
  accepted_today: acceptedToday,
  ...(ignored && { ignored: summary(ignored) }),
  ...(refused && { refused: { ...summary(refused), says: refused.says, likely_causes: [...refused.causes] } }),
});

const summary = ({ today, since, lastAt, reason }: TraceSummary) => ({
  today,
  ...(since !== undefined && { since }),
  last_at: lastAt,
  reason: maskAny(reason),
});
