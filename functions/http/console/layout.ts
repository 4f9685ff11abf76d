import { html } from 'hono/html';
import type { MemoState } from '../../core/model/memo.ts';
import { SCRIPT_PATH, STYLE_PATH } from './assets.ts';
import { STATE_WORDS } from './state-help.ts';

export type Html = ReturnType<typeof html>;

export interface Frame {
  title: string;
  content: Html;
  /** Where the parts marked `data-live` are fetched anew. */
  poll?: string | undefined;
  /** Of a session: signing out is a form. */
  formToken?: string | undefined;
}

/** What surrounds every page. */
export const layout = ({ title, content, poll, formToken }: Frame): Html => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title === 'Memos' ? 'Aftercall' : `${title} · Aftercall`}</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
    <link rel="stylesheet" href="${STYLE_PATH}">
    <script type="module" src="${SCRIPT_PATH}"></script>
  </head>
  <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="top">
      <a class="brand" href="/">${MARK}<span>Aftercall</span></a>
      ${
        formToken &&
        html`<nav aria-label="Page"><a href="/">Memos</a><a href="/replay">Replay</a>
        <form method="post" action="/sign-out">${hidden({ token: formToken })}<button class="quiet">Sign out</button></form></nav>`
      }
    </header>
    <main id="main" tabindex="-1"${poll ? html` data-poll="${poll}"` : ''}>${content}</main>
    <p id="news" class="unseen" role="status"></p>
  </body>
</html>`;

export const hidden = (fields: Readonly<Record<string, string | undefined>>): Html =>
  html`${Object.entries(fields).map(([name, value]) => value && html`<input type="hidden" name="${name}" value="${value}">`)}`;

/** A state as a shape and a word. */
export const stateMark = (state: MemoState): Html =>
  html`<span class="state ${STATE_WORDS[state].tone}"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="${STATE_WORDS[state].shape}"></path></svg>${state}</span>`;

/** What was just done, said once at the top of the page that it led to. */
export const notice = (text: string | undefined): Html =>
  html`${text && html`<p class="notice" role="status">${text}</p>`}`;

/** Five bars: sound, in the shape of a bubble. */
const BARS = 'M4 9v2M7 6v8M10 3.5v13M13 7v6M16 9v2';
const MARK = html`<svg viewBox="0 0 20 20" width="24" height="24" aria-hidden="true"><path d="${BARS}"></path></svg>`;
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path d="${BARS}" stroke="#4f5bd5" stroke-width="2" stroke-linecap="round"/></svg>`;
