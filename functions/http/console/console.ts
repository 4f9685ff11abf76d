import { type ErrorHandler, Hono } from 'hono';
import { compress } from 'hono/compress';
import { html } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import { AftercallError } from '../../core/model/errors.ts';
import type { Log } from '../../core/ports/ports.ts';
import { asOurs, errorAnswer, setRetryAfter, statusOf } from '../errors.ts';
import { type Health, whatIsAway } from '../health.ts';
import { assetRoutes, type PageFiles } from './assets.ts';
import { type ChosenOptions, chosenRoutes } from './chosen.ts';
import { type DeadLetterOptions, deadLetterRoutes } from './dead-letter.ts';
import { type ErasePageOptions, eraseMemoRoutes } from './erase.ts';
import { type FirstStepsOptions, testMemoRoutes } from './first-steps.ts';
import { sentence } from './format.ts';
import { type Guarded, type GuardOptions, guards, requireSession } from './guard.ts';
import { withLayout } from './layout.ts';
import { type ListOptions, listRoutes } from './list.ts';
import { type MemoOptions, memoRoutes } from './memo.ts';
import { replayManyRoutes } from './replay-many.ts';
import { type ReplayOptions, replayMemoRoutes } from './replay-memo.ts';
import { signInRoutes } from './sign-in.ts';
import { type SourceOptions, sourcePageRoutes } from './source.ts';
import { type SuppressOptions, suppressMemoRoutes } from './suppress.ts';

export type ConsoleOptions = GuardOptions &
  ListOptions &
  MemoOptions &
  ReplayOptions &
  ErasePageOptions &
  ChosenOptions &
  SourceOptions &
  DeadLetterOptions &
  FirstStepsOptions &
  SuppressOptions & { page: PageFiles; log: Log; health: () => Promise<Health> };

/** The page: the API for a person. Every form works without the script. */
export const consoleRoutes = (options: ConsoleOptions) => {
  const app = new Hono<Guarded>();
  app.onError(errorPage(options));
  for (const path of ['/console/*', '/sign-in', ...INSIDE]) app.use(path, compress({ encoding: 'gzip' }));
  app.route('/', assetRoutes(options.page));
  for (const path of ['/sign-in', ...INSIDE]) app.use(path, withLayout(options.page), ...guards(options));
  for (const path of INSIDE) app.use(path, requireSession(options));
  for (const routes of [
    signInRoutes,
    listRoutes,
    memoRoutes,
    sourcePageRoutes,
    replayMemoRoutes,
    replayManyRoutes,
    chosenRoutes,
    eraseMemoRoutes,
    suppressMemoRoutes,
    deadLetterRoutes,
    testMemoRoutes,
  ]) {
    app.route('/', routes(options));
  }
  app.all('/m/*', () => {
    throw new AftercallError('not_found', 'There is no such page. Check the address.');
  });
  return app;
};

const INSIDE = [
  '/',
  '/find',
  '/test-memo',
  '/m/*',
  '/s/*',
  '/replay',
  '/replay/confirmed',
  '/replay/chosen',
  '/erase/chosen',
  '/sign-out',
];

/** Shows an error as a page, in a sentence of ours; the cause is in the log. */
const errorPage =
  ({ log, health }: Pick<ConsoleOptions, 'log' | 'health'>): ErrorHandler =>
  async (error, c) => {
    const known = await withPart(knownAs(error), health);
    const status = statusOf(known);
    if (status >= 500) log.error('request failed', { step: 'console', error });
    const { code, message } = known;
    if (c.req.header('Accept')?.includes('application/json')) return errorAnswer(c, known);
    const content = html`<section class="card ask">
      <h1>${TITLES[code] ?? 'That did not work'}</h1>
      <p>${sentence(message)}</p>
      ${status === 503 && html`<p>${AWAY} <code>npx aftercall doctor</code> says what to do.</p>`}
      <p>${code === 'unauthorized' ? html`<a href="/sign-in">Sign in</a>` : html`<a href="/">All memos</a>`}</p>
    </section>`;
    setRetryAfter(c, known);
    c.status(status);
    return c.render(content, { title: 'Error' });
  };

const AWAY = 'Accepted calls wait in their queues, and none is lost.';

/** Names the part that does not answer, where a part is the cause. */
const withPart = async (error: AftercallError, health: ConsoleOptions['health']): Promise<AftercallError> => {
  if (error.code !== 'unavailable') return error;
  const { retryable, retryAfterMs, cause } = error;
  const message = whatIsAway(await health());
  return message === undefined
    ? error
    : new AftercallError(error.code, message, {
        retryable,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        cause,
      });
};

const TITLES: Readonly<Partial<Record<AftercallError['code'], string>>> = {
  no_such_memo: 'No such memo',
  not_found: 'Nothing here',
  not_authentic: 'Refused',
  unauthorized: 'Signed out',
  conflict: 'Not now',
};

/** Hono itself refuses a form that is too large. */
const knownAs = (error: Error): AftercallError => {
  if (error instanceof AftercallError) return error;
  if (!(error instanceof HTTPException)) return asOurs(error);
  return error.status === 413 ? new AftercallError('too_large', 'This form is larger than 16 kB.') : asOurs(error);
};
