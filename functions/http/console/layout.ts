import { createMiddleware } from 'hono/factory';
import { html } from 'hono/html';
import { type MemoState, STATES } from '../../core/model/memo.ts';
import { type PageFiles, pathsOf } from './assets.ts';
import type { Guarded } from './guard.ts';
import { STATE_HELP } from './state-help.ts';

export type Html = ReturnType<typeof html>;

export interface Frame {
  title: string;
  /** The URL of the page's parts that are marked `data-live`. Without it the page does not poll. */
  poll?: string;
}

declare module 'hono' {
  interface ContextRenderer {
    // biome-ignore lint/style/useShorthandFunctionType: Hono looks for this interface
    (content: Html, frame: Frame): Response | Promise<Response>;
  }
}

/** Lets handlers answer by `c.render(content, frame)`: the page with its head, its navigation and its script. */
export const withLayout = (page: PageFiles) => {
  const paths = pathsOf(page);
  return createMiddleware<{ Variables: Partial<Guarded['Variables']> }>(async (c, next) => {
    c.setRenderer((content, frame) => c.html(layout(content, frame, { paths, formToken: c.var.session?.formToken })));
    await next();
  });
};

interface PageContext {
  paths: ReturnType<typeof pathsOf>;
  /** Of the session, where there is one: signing out is a form. */
  formToken: string | undefined;
}

/** A whole document. */
export const layout = (
  content: Html,
  { title, poll }: Frame,
  { paths, formToken }: PageContext,
): Html => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title === 'Memos' ? 'Aftercall' : `${title} · Aftercall`}</title>
    <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
    <link rel="stylesheet" href="${paths.style}">
    <script type="module" src="${paths.script}"></script>
  </head>
  <body>
    ${ICONS}
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
    <p id="contact" class="contact" role="alert"></p>
    <p id="news" class="unseen" role="status"></p>
  </body>
</html>`;

export const hidden = (fields: Readonly<Record<string, string | undefined>>): Html =>
  html`${Object.entries(fields).map(([name, value]) => value && html`<input type="hidden" name="${name}" value="${value}">`)}`;

/** A state as an icon and its name. The shapes stand once in the page: a list repeats an icon fifty times. */
export const stateMark = (state: MemoState): Html =>
  html`<span class="state ${STATE_HELP[state].tone}"><svg width="16" height="16" aria-hidden="true"><use href="#${state}-icon"></use></svg>${state}</span>`;

const ICONS: Html = html`<svg hidden>${STATES.map(
  (state) => html`<symbol id="${state}-icon" viewBox="0 0 16 16"><path d="${STATE_HELP[state].shape}"></path></symbol>`,
)}</svg>`;

/** A text with a button that copies it. The button is there only where the script runs. */
export const copyable = (text: string, shown: Html | string = text): Html =>
  html`${shown} <button type="button" class="link copy" data-copy="${text}">Copy</button>`;

/** The result of a form, at the top of the page. */
export const notice = (text: string | undefined): Html =>
  html`${text && html`<p class="notice" role="status">${text}</p>`}`;

/** Five bars, in the shape of a speech bubble. */
const BARS = 'M4 9v2M7 6v8M10 3.5v13M13 7v6M16 9v2';
const MARK = html`<svg viewBox="0 0 20 20" width="24" height="24" aria-hidden="true"><path d="${BARS}"></path></svg>`;
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path d="${BARS}" stroke="#4f5bd5" stroke-width="2" stroke-linecap="round"/></svg>`;
