import type { Memo } from '../../functions/core/model/memo.ts';
import type { Scripted } from '../scripted-linq.ts';
import { world } from './canary-world.ts';

// The answers of Linq that quote a request with canaries in it.

const quotes = (request: string) => `{"error":{"status":400,"code":5004,"message":${JSON.stringify(request)}}}`;

const page = (request: string) => `<html><pre>${request}</pre>`;
const cannot: Scripted = { status: 500, code: 5002, body: (request) => quotes(request).replace('5004', '5002') };

export const LINQ_ANSWERS: readonly (readonly [string, Memo['state'], (chat: string) => void])[] = [
  ['refuses, and quotes the URL and the key', 'failed', (chat) => world.linq.next(chat, { status: 400, body: quotes })],
  ['answers with a page that quotes them', 'unknown', (chat) => world.linq.next(chat, { status: 502, body: page })],
  [
    'accepts without an id',
    'unknown',
    (chat) => world.linq.next(chat, { status: 202, body: (all) => JSON.stringify({ all }) }),
  ],
  ['accepts with what is no JSON', 'unknown', (chat) => world.linq.next(chat, { status: 202, body: page })],
  ['hangs up', 'unknown', (chat) => world.linq.next(chat, { status: 500, hangUp: true })],
  ['refuses our key, and quotes it', 'stored', (chat) => world.linq.next(chat, { status: 401, body: quotes })],
  [
    'leads elsewhere, with the URL',
    'stored',
    (chat) =>
      world.linq.next(chat, {
        status: 302,
        body: page,
        headers: { location: `https://linq.example/?k=${world.linq.key}` },
      }),
  ],
  ['asks to slow down, and quotes', 'sent', (chat) => world.linq.next(chat, { status: 429, body: quotes })],
  ['says that the recipient has opted out', 'skipped', (chat) => world.linq.next(chat, { status: 403, code: 2024 })],
  [
    'cannot fetch the URL, and refuses the attachment',
    'failed',
    (chat) => {
      for (const answer of [cannot, cannot]) world.linq.next(chat, answer);
      world.linq.nextAttachment({ status: 400, body: quotes });
    },
  ],
  [
    'gives a place for the attachment that is none, and refuses the upload',
    'sent',
    (chat) => {
      for (const answer of [cannot, cannot]) world.linq.next(chat, answer);
      world.linq.nextAttachment({ status: 200, body: (all) => JSON.stringify({ upload_url: all }) });
      world.linq.nextUpload({ status: 403, body: page });
    },
  ],
];
