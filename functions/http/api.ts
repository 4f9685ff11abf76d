import { Hono } from 'hono';
import { AftercallError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { type ApiKeyOptions, withApiKey } from './api-key.ts';
import { answerError, errorAnswer } from './errors.ts';
import { type MemosOptions, memoRoutes } from './memos.ts';
import { type ReceiptsOptions, receiptRoutes } from './receipts.ts';
import { type ReplayOptions, replayRoutes } from './replay.ts';

export type ApiOptions = MemosOptions & ReplayOptions & ReceiptsOptions & ApiKeyOptions & { log: Log };

/** All that is asked of the bridge: by whoever holds the API key, by Linq over its signature, and by anybody for its health. */
export const apiApp = (options: ApiOptions) => {
  const app = new Hono();
  app.onError(answerError(options.log, 'api'));
  app.notFound((c) => errorAnswer(c, new AftercallError('not_found', 'there is nothing here')));
  app.get('/health', (c) => c.json({ ok: true }));
  app.route('/', receiptRoutes(options));

  const key = withApiKey(options);
  for (const path of ['/memos/*', '/replay']) app.use(path, key);
  app.route('/', memoRoutes(options));
  app.route('/', replayRoutes(options));
  return app;
};
