import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { sameText } from '../../core/source/signature.ts';
import { endSession, type Guarded, type GuardOptions, keepSession, sessionOf } from './guard.ts';
import { type Html, hidden, layout } from './layout.ts';
import { issueSession } from './session.ts';

/** `/sign-in` takes the API key once, and gives a session for it; `/sign-out` ends that. */
export const signInRoutes = (options: GuardOptions) => {
  const { secrets, apiKey, clock, wrongKey } = options;
  const routes = new Hono<Guarded>();

  routes.get('/sign-in', async (c) => {
    const to = placeOf(c.req.query('to'));
    if (await sessionOf(c, options)) return c.redirect(to, 303);
    return c.html(page(to));
  });

  routes.post('/sign-in', async (c) => {
    const { key, to } = await c.req.parseBody();
    const given = typeof key === 'string' ? key.trim() : '';
    const find = async () => (await secrets.read(apiKey)).filter((each) => sameText(given, each))[0];
    const held = (await find()) ?? (secrets.forget() ? await find() : undefined);
    if (held === undefined) {
      await wrongKey('sign-in');
      return c.html(page(placeOf(to), true), 401);
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

/** A place of this page, and never another host: `//evil.example` and `/\evil.example` are such. */
const placeOf = (to: unknown): string =>
  typeof to === 'string' && /^\/(m\/[\w-]+(\/(replay|erase))?|replay)?(\?.*)?$/.test(to) ? to : '/';

const page = (to: string, refused = false): Html =>
  layout({
    title: 'Sign in',
    content: html`<section class="card ask sign-in" aria-labelledby="title">
  <h1 id="title">Sign in</h1>
  <form method="post" action="/sign-in">${hidden({ to })}
    <label for="key">API key</label>
    <input id="key" type="password" name="key" required autofocus autocomplete="current-password" spellcheck="false"${refused ? html` aria-invalid="true" aria-describedby="refused"` : html` aria-describedby="hint"`}>
    ${refused ? html`<p id="refused" class="warning">This is not the key.</p>` : html`<p id="hint" class="note">AFTERCALL_API_KEY. On a laptop, npm start prints it.</p>`}
    <button>Sign in</button>
  </form>
</section>`,
  });
