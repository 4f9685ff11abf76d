import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { secureHeaders } from 'hono/secure-headers';
import { readChatId } from './refusals.ts';
import { type ChatRecord, cdnPath, listChats, messagesOf, partiesOf, sandboxLine } from './shapes.ts';
import type { Message, SandboxStore } from './store.ts';
import type { SandboxWorld } from './world.ts';

/** The chats as a person sees them: `/` shows all, `/:chatId` one. Works without the script, which only refreshes. */
export function pageRoutes({ store, receipts }: SandboxWorld): Hono {
  const routes = new Hono();
  routes.use(secureHeaders({ contentSecurityPolicy }));

  for (const [path, [file, contentType]] of Object.entries(assets)) {
    routes.get(path, async (c) =>
      c.body(await readFile(new URL(file, import.meta.url)), 200, { 'Content-Type': contentType }),
    );
  }

  routes.get('/', (c) => {
    const chats = listChats(store);
    const content = chats.length > 0 ? chats.map((chat) => chatCard(chat, store)) : nothingYet;
    return c.html(layout('Linq sandbox', content));
  });

  routes.get('/:chatId', (c) => {
    const chatId = readChatId(c.req.param('chatId'));
    // As on a telephone, opening a chat marks its messages as read.
    for (const message of store.markRead(chatId)) receipts.tell('message.read', message);
    const messages = messagesOf(store, chatId);
    const isOpened = store.openedChats().some(({ id }) => id === chatId);
    const content = messages.length > 0 || isOpened ? chatCard([chatId, messages], store) : nothingYet;
    return c.html(
      layout(
        dialable(partiesOf(chatId, store).recipient),
        html`<a class="back" href="/sandbox">All chats</a>${content}`,
      ),
    );
  });

  return routes;
}

const contentSecurityPolicy = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  scriptSrc: ["'self'"],
  mediaSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

const assets = {
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
} as const;

const nothingYet = html`<p class="empty">No voice memos yet. Send one: on the page of the bridge, with <b>Send a test memo</b>.</p>`;

function layout(title: string, content: unknown) {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="stylesheet" href="/sandbox/page.css">
    <script src="/sandbox/page.js" type="module"></script>
  </head>
  <body>
    <header>
      <h1>Linq sandbox</h1>
      <p>From ${dialable(sandboxLine)}, kept on this machine</p>
    </header>
    <main>${content}</main>
  </body>
</html>`;
}

/** The sandbox's numbers are all North American. */
function dialable(number: string): string {
  return number.replace(/^\+1(...)(...)(....)$/, '+1 ($1) $2-$3');
}

function chatCard([chatId, messages]: ChatRecord, store: SandboxStore) {
  const days = [...Map.groupBy(messages.toReversed(), ({ createdAt }) => formats.day.format(new Date(createdAt)))];
  const number = partiesOf(chatId, store).recipient;
  const opened = store.openedChats().find(({ id }) => id === chatId);
  const readAt = messages[0]?.readAt;
  return html`<section class="chat">
    <h2>
      <a href="/sandbox/${chatId}">
        <span class="face" aria-hidden="true">${number.slice(-2)}</span>
        <span class="name">${dialable(number)}</span>
        <span class="id">${chatId}</span>
      </a>
    </h2>
    ${days.map(
      ([day, memos]) => html`<h3>${day}</h3>
    <ol>${memos.map((message) => bubble(message, store))}</ol>`,
    )}
    ${opened && html`<ol><li class="bubble text"><p>${opened.text}</p></li></ol>`}
    <p class="receipt">${readAt ? html`Read ${timeOf(readAt)}` : 'Delivered'}</p>
  </section>`;
}

function bubble({ attachmentId, createdAt }: Message, store: SandboxStore) {
  const time = timeOf(createdAt);
  const attachment = store.attachment(attachmentId);
  if (!attachment) return html`<li class="bubble gone">Deleted ${time}</li>`;
  const path = cdnPath(attachment);
  return html`<li class="bubble">
      <audio controls preload="metadata" src="${path}"></audio>
      <p><a href="${path}" download>${attachment.filename}</a> <span>${size(attachment.sizeBytes)}</span> ${time}</p>
    </li>`;
}

function timeOf(at: string) {
  return html`<time datetime="${at}">${formats.time.format(new Date(at))}</time>`;
}

const formats = {
  day: new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }),
  time: new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }),
};

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
