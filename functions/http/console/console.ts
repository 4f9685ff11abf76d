import { type ErrorHandler, Hono } from 'hono';
import { html } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import { AftercallError } from '../../core/model/errors.ts';
import type { Log } from '../../core/ports/ports.ts';
import { asOurs, errorAnswer, statusOf } from '../errors.ts';
import { assetRoutes } from './assets.ts';
import { type ErasePageOptions, eraseMemoRoutes } from './erase.ts';
import { type Guarded, type GuardOptions, guards, signedInAlone } from './guard.ts';
import { layout } from './layout.ts';
import { type ListOptions, listRoutes } from './list.ts';
import { type MemoOptions, memoRoutes } from './memo.ts';
import { replayManyRoutes } from './replay-many.ts';
import { type ReplayOptions, replayMemoRoutes } from './replay-memo.ts';
import { signInRoutes } from './sign-in.ts';
import { type SuppressOptions, suppressMemoRoutes } from './suppress.ts';

export type ConsoleOptions = GuardOptions &
  ListOptions &
  MemoOptions &
  ReplayOptions &
  ErasePageOptions &
  SuppressOptions & { log: Log };

/** The page: what the API says and does, for a person. Every form works without the script. */
export const consoleRoutes = (options: ConsoleOptions) => {
  const app = new Hono<Guarded>();
  app.onError(errorPage(options.log));
  app.route('/', assetRoutes());
  for (const path of ['/sign-in', ...INSIDE]) app.use(path, ...guards(options));
  for (const path of INSIDE) app.use(path, signedInAlone(options));
  for (const routes of [
    signInRoutes,
    listRoutes,
    memoRoutes,
    replayMemoRoutes,
    replayManyRoutes,
    eraseMemoRoutes,
    suppressMemoRoutes,
  ]) {
    app.route('/', routes(options));
  }
  app.all('/m/*', () => {
    throw new AftercallError('not_found', 'There is no such page.');
  });
  return app;
};

const INSIDE = ['/', '/find', '/m/*', '/replay', '/replay/confirmed', '/sign-out'];

/** An error as a page. What it says is a sentence of ours; what it came of is in the log. */
const errorPage =
  (log: Log): ErrorHandler =>
  (error, c) => {
    const known = knownAs(error);
    const status = statusOf(known);
    if (status >= 500) log.error('request failed', { step: 'console', error });
    const { code, message } = known;
    if (c.req.header('Accept')?.includes('application/json')) return errorAnswer(c, known);
    const content = html`<section class="card ask"><h1>${TITLES[code] ?? 'That did not work'}</h1><p>${message}</p>
      <p>${code === 'unauthorized' ? html`<a href="/sign-in">Sign in</a>` : html`<a href="/">All memos</a>`}</p></section>`;
    return c.html(layout({ title: 'Error', content }), status);
  };

const TITLES: Readonly<Partial<Record<AftercallError['code'], string>>> = {
  no_such_memo: 'No such memo',
  not_found: 'Nothing here',
  not_authentic: 'Refused',
  unauthorized: 'Signed out',
  conflict: 'Not now',
};

/** Hono's own refusals are of forms: from elsewhere, or too large. */
const knownAs = (error: Error): AftercallError => {
  if (error instanceof AftercallError) return error;
  if (!(error instanceof HTTPException)) return asOurs(error);
  return error.status === 413
    ? new AftercallError('too_large', 'This form is too large.')
    : new AftercallError('not_authentic', 'This came from another page.');
};
