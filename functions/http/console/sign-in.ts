import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { sameText } from '../../core/source/signature.ts';
import { withFreshSecrets } from '../../core/source/with-fresh-secrets.ts';
import { endSession, type Guarded, type GuardOptions, keepSession, sessionOf } from './guard.ts';
import { type Html, hidden } from './layout.ts';
import { issueSession, keyOfTicket } from './session.ts';

/** `/sign-in` exchanges the API key for a session; `/sign-out` ends the session. */
export const signInRoutes = (options: GuardOptions) => {
  const { secrets, apiKey, clock, wrongKey } = options;
  const routes = new Hono<Guarded>();

  routes.get('/sign-in', async (c) => {
    const to = placeOf(c.req.query('to'));
    const ticket = c.req.query('ticket');
    // A link on another site must not sign its reader in.
    const isOurs = !['cross-site', 'same-site'].includes(c.req.header('Sec-Fetch-Site') ?? 'none');
    const holder = ticket && isOurs ? keyOfTicket(ticket, await secrets.read(apiKey), clock.nowMs()) : undefined;
    if (holder !== undefined) {
      keepSession(c, issueSession(holder, clock.nowMs(), randomBytes(16).toString('base64url')));
      return c.redirect(to, 303);
    }
    if (await sessionOf(c, options)) return c.redirect(to, 303);
    return c.render(signInForm(to, ticket !== undefined ? OLD_LINK : undefined), FRAME);
  });

  routes.post('/sign-in', async (c) => {
    const { key, to } = await c.req.parseBody();
    const given = typeof key === 'string' ? key.trim() : '';
    const find = async () => (await secrets.read(apiKey)).filter((each) => sameText(given, each))[0];
    const held = await withFreshSecrets(secrets, find, (found) => found === undefined);
    if (held === undefined) {
      await wrongKey('sign-in');
      c.status(401);
      return c.render(signInForm(placeOf(to), WRONG_KEY), FRAME);
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
  refused?: string,
): Html => html`<section class="card ask sign-in" aria-labelledby="title">
  <h1 id="title">Sign in</h1>
  <form method="post" action="/sign-in">
    ${hidden({ to })}
    <label for="key">API key</label>
    <input id="key" type="password" name="key" required autofocus autocomplete="current-password" spellcheck="false"
      aria-describedby="note"${refused && html` aria-invalid="true"`}>
    ${refused ? html`<p id="note" class="warning">${refused}</p>` : html`<p id="note" class="note">${HINT}</p>`}
    <button>Sign in</button>
  </form>
</section>`;

const HINT = 'The value of AFTERCALL_API_KEY. On a laptop, npm start prints it.';
const OLD_LINK = 'This link is not valid any more: it works for ten minutes. Enter the API key.';
const WRONG_KEY = 'This is not the API key. Copy the value of AFTERCALL_API_KEY and try again.';
