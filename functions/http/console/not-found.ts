import type { NotFoundHandler } from 'hono';
import { html } from 'hono/html';
import { type PageFiles, pathsOf } from './assets.ts';
import { layout } from './layout.ts';

/** The answer to a browser where there is no such page. It needs no session and tells nothing. */
export const notFoundPage = (page: PageFiles): NotFoundHandler => {
  const content = html`<section class="card ask">
    <h1>Nothing here</h1>
    <p>There is no page at this address. Check the address.</p>
    <p><a href="/">All memos</a></p>
  </section>`;
  const document = layout(content, { title: 'Nothing here' }, { paths: pathsOf(page), formToken: undefined });
  return (c) => c.html(document, 404, HEADERS);
};

/** The page's own policy, without the bucket. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};
