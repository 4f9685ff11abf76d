import { Hono } from 'hono';
import { type SourcesSeenPorts, sourcesSeen } from '../core/observe/sources-seen.ts';
import { type ApiKeyOptions, withApiKey } from './api-key.ts';
import { type ConsoleOptions, consoleRoutes } from './console/console.ts';
import { notFoundPage } from './console/not-found.ts';
import { type EraseOptions, eraseRoutes } from './erase.ts';
import { answerError } from './errors.ts';
import { cachedHealth, type HealthOptions, healthRoutes } from './health.ts';
import { type MemosOptions, memoRoutes } from './memos.ts';
import { nothingHere } from './nothing-here.ts';
import { openapiRoutes } from './openapi.ts';
import { type ReceiptsOptions, receiptRoutes } from './receipts.ts';
import { type ReplayOptions, replayRoutes } from './replay.ts';
import { type SourceEventsOptions, sourceEventRoutes } from './source-events.ts';
import { sourceRoutes } from './sources.ts';
import { type StatusOptions, statusRoutes } from './status.ts';
import { type SuppressionsOptions, suppressionRoutes } from './suppressions.ts';
import { type WrongKeysOptions, wrongKeys } from './wrong-keys.ts';

export type ApiOptions = MemosOptions &
  ReplayOptions &
  EraseOptions &
  SuppressionsOptions &
  StatusOptions &
  ReceiptsOptions &
  Omit<ApiKeyOptions, 'wrongKey'> &
  SourcesSeenPorts &
  SourceEventsOptions &
  Omit<ConsoleOptions, 'wrongKey' | 'seenSources' | 'health'> &
  WrongKeysOptions &
  HealthOptions;

/** Routes of `receive`. API Gateway sends their other methods here. */
const hookRoutes = ['POST', 'GET'].map((method) => ({ method, path: '/hooks/:source' }));

/** The API, Linq's webhook, the page, and the health check. */
export const apiApp = (given: ApiOptions) => {
  const options = {
    ...given,
    wrongKey: wrongKeys(given),
    seenSources: sourcesSeen(given),
    health: cachedHealth(given),
  };
  const app = new Hono();
  app.onError(answerError(options.log, 'api'));
  app.notFound(nothingHere(app, hookRoutes, notFoundPage(options.page)));
  app.route('/', healthRoutes(options));
  app.route('/', openapiRoutes());
  app.route('/', receiptRoutes(options));

  const key = withApiKey(options);
  for (const path of ['/memos/*', '/erase', '/suppressions/*', '/sources/*', '/status']) app.use(path, key);
  app.post('/replay', key); // its GET is a page
  app.route('/', memoRoutes(options));
  app.route('/', replayRoutes(options));
  app.route('/', eraseRoutes(options));
  app.route('/', suppressionRoutes(options));
  app.route('/', sourceRoutes(options));
  app.route('/', sourceEventRoutes(options));
  app.route('/', statusRoutes(options));
  app.route('/', consoleRoutes(options));
  return app;
};
