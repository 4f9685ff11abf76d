import { Hono } from 'hono';
import { AftercallError } from '../core/errors.ts';
import { type ApiKeyOptions, withApiKey } from './api-key.ts';
import { type ConsoleOptions, consoleRoutes } from './console/console.ts';
import { type EraseOptions, eraseRoutes } from './erase.ts';
import { answerError, errorAnswer } from './errors.ts';
import { type HealthOptions, healthRoutes } from './health.ts';
import { type MemosOptions, memoRoutes } from './memos.ts';
import { openapiRoutes } from './openapi.ts';
import { type ReceiptsOptions, receiptRoutes } from './receipts.ts';
import { type ReplayOptions, replayRoutes } from './replay.ts';
import { type StopsOptions, stopRoutes } from './stops.ts';

export type ApiOptions = MemosOptions &
  ReplayOptions &
  EraseOptions &
  StopsOptions &
  ReceiptsOptions &
  ApiKeyOptions &
  ConsoleOptions &
  HealthOptions;

/** All that is asked of the bridge: by whoever holds the API key, by Linq over its signature, by a person on the page, and by anybody for its health. */
export const apiApp = (options: ApiOptions) => {
  const app = new Hono();
  app.onError(answerError(options.log, 'api'));
  app.notFound((c) => errorAnswer(c, new AftercallError('not_found', 'there is nothing here')));
  app.route('/', healthRoutes(options));
  app.route('/', openapiRoutes());
  app.route('/', receiptRoutes(options));

  const key = withApiKey(options);
  for (const path of ['/memos/*', '/erase', '/stops/*']) app.use(path, key);
  app.post('/replay', key); // its GET is a page
  app.route('/', memoRoutes(options));
  app.route('/', replayRoutes(options));
  app.route('/', eraseRoutes(options));
  app.route('/', stopRoutes(options));
  app.route('/', consoleRoutes(options));
  return app;
};
