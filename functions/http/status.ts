import { Hono } from 'hono';
import type * as z from 'zod';
import { causesNow } from '../core/observe/causes/causes-now.ts';
import type { Clock, Ledger, Log } from '../core/ports/ports.ts';
import type { Connection } from '../core/source/connections.ts';
import type { status } from './response-schemas.ts';
import { snakeCase } from './snake-case.ts';
import { ttlCache } from './ttl-cache.ts';

/** What a local bridge knows of its own set-up. A deployed `api` may not read the secrets, so it does not know. */
export interface SetUp {
  connections(): Promise<Connection[]>;
  publicUrl: string;
  /** Where a person sees the memos of the sandbox; absent where memos go to Linq. */
  sandboxUrl?: string;
  /** Makes a test call; absent where memos would go to a person. @returns the memo's id */
  testCall?(): Promise<string>;
}

export interface StatusOptions {
  ledger: Ledger;
  clock: Clock;
  log: Log;
  setUp?: SetUp;
}

const FRESH_MS = 2_000;

/** `GET /status`: what waits or failed, by cause; on a laptop also which sources are on. For the doctor. */
export const statusRoutes = ({ ledger, clock, setUp, log }: StatusOptions) => {
  const causes = ttlCache(() => causesNow(ledger, ['skipped']), FRESH_MS, clock);
  return new Hono().get('/status', async (c) => {
    // Which sources are on is known also while the table is away. A deployed api has nothing else to say.
    const looked = causes().catch((error: unknown) => {
      if (!setUp) throw error;
      log.warn('the causes cannot be read', { step: 'status', outcome: 'unavailable', error });
      return undefined;
    });
    const [seen, sources] = await Promise.all([looked, setUp?.connections()]);
    const answer: z.infer<typeof status> = {
      ...(seen && { causes: seen.groups.map(({ cause, ...group }) => ({ ...cause, ...group })), more: seen.more }),
      ...(sources && { sources: sources.map(snakeCase) }),
      ...(setUp && { memos_go_to: setUp.sandboxUrl ? 'sandbox' : 'linq' }),
    };
    return c.json(answer);
  });
};
