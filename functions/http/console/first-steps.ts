import { Hono } from 'hono';
import { html } from 'hono/html';
import type { SetUp } from '../status.ts';
import type { Guarded } from './guard.ts';
import { type Html, hidden } from './layout.ts';

export interface FirstStepsOptions {
  /** The names of the configured sources. */
  sources: readonly string[];
  setUp?: SetUp;
}

/** `POST /test-memo` makes a test call, whose memo takes the way of every memo. On a laptop with the sandbox only. */
export const testMemoRoutes = ({ setUp }: FirstStepsOptions) => {
  const routes = new Hono<Guarded>();
  if (setUp?.testCall) {
    const { testCall } = setUp;
    // The list shows the memo as soon as it has a row.
    routes.post('/test-memo', async (c) => {
      await testCall();
      return c.redirect('/?flash=test', 303);
    });
  }
  return routes;
};

/** What the page shows before the first memo: the hooks to paste, a test memo, and what comes next. */
export const firstSteps = async (
  { sources, setUp }: FirstStepsOptions,
  { origin, formToken }: { origin: string; formToken: string },
): Promise<Html> => {
  const connections = await setUp?.connections();
  const on = connections
    ? connections.filter((each) => each.on).map(({ name }) => name)
    : sources.filter((name) => name !== 'api');
  const base = setUp?.publicUrl ?? origin;
  return html`<section id="first" class="card first" aria-labelledby="first-title">
  <h2 id="first-title">No memo yet</h2>
  ${
    setUp?.testCall &&
    html`<form method="post" action="/test-memo">${hidden({ token: formToken })}<button id="test-memo">Send a test memo</button>
    <span class="note">A call on this machine: signed webhook, download, memo. Hear it in <a href="${setUp.sandboxUrl}">the sandbox</a>.</span></form>`
  }
  <ol>
    <li><b>Paste a hook URL at your call system.</b> ${on.length > 0 ? hooksOf(on, base) : html`No source is on: run <code>npx aftercall init</code>.`}</li>
    <li><b>Say where memos go.</b> Add <code>?chat=&lt;chat id&gt;</code> to the hook URL, or a route to <code>bridge.config.ts</code>.</li>
    <li><b>Make a call.</b> Its memo appears here without a reload. If none does, run <code>npx aftercall doctor</code>.</li>
  </ol>
</section>`;
};

const hooksOf = (names: readonly string[], base: string): Html =>
  html`<ul class="hooks">${names.map((name) => {
    const url = `${base}/hooks/${name}`;
    return html`<li><code>${url}</code> <button type="button" class="quiet copy" data-copy="${url}">Copy<span class="unseen"> the URL of ${name}</span></button></li>`;
  })}</ul>`;
