import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { sameText } from '../../core/source/signature.ts';
import { withFreshSecrets } from '../../core/source/with-fresh-secrets.ts';
import { endSession, type Guarded, type GuardOptions, keepSession, sessionOf } from './guard.ts';
import { type Html, hidden } from './layout.ts';
import { issueSession } from './session.ts';

/** `/sign-in` exchanges the API key for a session; `/sign-out` ends the session. */
export const signInRoutes = (options: GuardOptions) => {
  const { secrets, apiKey, clock, wrongKey } = options;
  const routes = new Hono<Guarded>();

  routes.get('/sign-in', async (c) => {
    const to = placeOf(c.req.query('to'));
    if (await sessionOf(c, options)) return c.redirect(to, 303);
    return c.render(signInForm(to), FRAME);
  });

  routes.post('/sign-in', async (c) => {
    const { key, to } = await c.req.parseBody();
    const given = typeof key === 'string' ? key.trim() : '';
    const find = async () => (await secrets.read(apiKey)).filter((each) => sameText(given, each))[0];
    const held = await withFreshSecrets(secrets, find, (found) => found === undefined);
    if (held === undefined) {
      await wrongKey('sign-in');
      c.status(401);
      return c.render(signInForm(placeOf(to), true), FRAME);
    }
    keepSession(c, issueSession(held, clock.nowMs(), randomBytes(16).toString('base64url')));
    return c.redirect(placeOf(to), 303);
  });

  routes.post('/sign-out', async (c) => {
    await endSession(c, options);
    return c.redirect('/sign-in', 303);
  });
  return routes;
};

/** A path of this page. Other hosts are refused, also those written `//evil.example` or `/\evil.example`. */
const placeOf = (to: unknown): string =>
  typeof to === 'string' && /^\/(m\/[\w-]+(\/(replay|erase))?|replay)?(\?.*)?$/.test(to) ? to : '/';

const FRAME = { title: 'Sign in' };

const signInForm = (
  to: string,
  refused = false,
): Html => html`<section class="card ask sign-in" aria-labelledby="title">
  <h1 id="title">Sign in</h1>
  <form method="post" action="/sign-in">
    ${hidden({ to })}
    <label for="key">API key</label>
    <input id="key" type="password" name="key" required autofocus autocomplete="current-password" spellcheck="false"
      aria-describedby="note"${refused && html` aria-invalid="true"`}>
    ${refused ? html`<p id="note" class="warning">${WRONG_KEY}</p>` : html`<p id="note" class="note">${HINT}</p>`}
    <button>Sign in</button>
  </form>
</section>`;

const HINT = 'The value of AFTERCALL_API_KEY. On a laptop, npm start prints it.';
const WRONG_KEY = 'This is not the API key. Copy the value of AFTERCALL_API_KEY and try again.';
