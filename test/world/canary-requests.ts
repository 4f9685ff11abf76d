import { randomBytes, randomUUID } from 'node:crypto';
import type http from 'node:http';
import type { Memo } from '../../functions/core/model/memo.ts';
import { wav } from '../world.ts';
import { ask, at, canaries, event, hook, SECRET, signed, withKey } from './canary-world.ts';

// Where the canaries are sent: in requests that a hook refuses, in requests to the API, and in recordings with every kind of end.

export const REFUSED: readonly (readonly [string, number, () => [string, RequestInit]])[] = [
  [
    'a bad signature',
    401,
    () => [
      hook('a bad signature'),
      signed(event('a bad signature', at('a bad signature')), `whsec_${randomBytes(24).toString('base64')}`),
    ],
  ],
  [
    'no signature',
    401,
    () => [hook('no signature'), { method: 'POST', body: event('no signature', at('no signature')) }],
  ],
  [
    'a secret in a header',
    401,
    () => [
      hook('a header'),
      { method: 'POST', headers: { authorization: SECRET(), 'x-twilio-signature': canaries.text('a header') } },
    ],
  ],
  ['a GET', 401, () => [hook('a GET', 'twilio'), {}]],
  ['no JSON', 400, () => [hook('no JSON'), signed(canaries.text('what is no JSON'))]],
  ['no URL', 400, () => [hook('no URL'), signed(event('no URL', canaries.text('what is no URL')))]],
  [
    'a chat that is none',
    400,
    () => [
      hook('a chat that is none', undefined, canaries.text('a chat that is none')),
      signed(event('a chat that is none', at('a chat that is none'))),
    ],
  ],
  [
    'a chat_id that is none',
    400,
    () => [hook('a chat_id'), signed(event('a chat_id', at('a chat_id'), { chat_id: canaries.text('a chat_id') }))],
  ],
  [
    'a direction that is none',
    400,
    () => [`${hook('a direction')}${canaries.text('a direction')}`, signed(event('a direction', at('a direction')))],
  ],
  [
    'a body that is too large',
    413,
    () => [hook('a large body'), signed(event('a large body', canaries.text('a large body').repeat(60_000)))],
  ],
  [
    'no such source',
    404,
    () => [`/hooks/twillio${canaries.number('no such source')}`, signed(event('no such source', at('no such source')))],
  ],
  [
    'a query in the path',
    404,
    () => [
      `/hooks/twilio&from=${canaries.number('a query in the path').slice(1)}`,
      signed(event('a path', at('a path'))),
    ],
  ],
  ['another method', 405, () => [hook('another method'), { method: 'PUT', body: canaries.text('another method') }]],
];

const page =
  (place: string, status: number, headers: http.OutgoingHttpHeaders = {}): http.RequestListener =>
  (_request, response) => {
    const words = `<!DOCTYPE html><p>${canaries.text(`the page, ${place}`)} ${canaries.number(`the page, ${place}`)}`;
    response.writeHead(status, { 'content-type': 'audio/mpeg', ...headers }).end(words);
  };

const redirect =
  (place: string, to: (canary: string) => string): http.RequestListener =>
  (_request, response) =>
    response.writeHead(302, { location: to(canaries.text(`the redirect, ${place}`)) }).end();

const tagged = (place: string) => {
  const words = `${canaries.text(place)} ${canaries.number(place)}`.padEnd(100);
  const chunk = Buffer.from(`LIST\0\0\0\0INFOINAM\0\0\0\0${words}`);
  chunk.writeUInt32LE(chunk.length - 8, 4);
  chunk.writeUInt32LE(words.length, 16);
  return Buffer.concat([wav(0.6), chunk]);
};

export const RECORDINGS: readonly (readonly [string, Memo['state'], RegExp, () => string])[] = [
  [
    'at a forbidden address',
    'rejected',
    /forbidden/,
    () => `https://169.254.169.254/${canaries.text('a forbidden path')}?t=${canaries.text('a forbidden query')}`,
  ],
  [
    'at an address over http',
    'rejected',
    /not https/,
    () => `http://10.0.0.1/?t=${canaries.text('a query over http')}`,
  ],
  [
    'at a URL with credentials',
    'rejected',
    /credentials/,
    () => `https://${canaries.text('a name in a URL')}:${canaries.text('a password in a URL')}@media.example/`,
  ],
  ['that is a page', 'rejected', /HTML/, () => at('a page', page('a page', 200))],
  ['that is gone', 'rejected', /410/, () => at('gone', page('gone', 410))],
  [
    'that comes packed, and is not',
    'rejected',
    /cannot unpack/,
    () => at('packed', page('packed', 200, { 'content-encoding': 'br' })),
  ],
  ['that is not there yet', 'received', /404/, () => at('not yet', page('not yet', 404))],
  ['that is refused', 'received', /403/, () => at('refused', page('refused', 403))],
  ['whose host is down', 'received', /503/, () => at('down', page('down', 503))],
  ['whose host hangs up', 'received', /does not answer/, () => at('hangs up', (request) => request.destroy())],
  [
    'that leads to a forbidden address',
    'rejected',
    /forbidden/,
    () =>
      at(
        'leads away',
        redirect('an address', (canary) => `https://169.254.169.254/${canary}?t=${canary}`),
      ),
  ],
  [
    'that leads to credentials',
    'rejected',
    /credentials/,
    () =>
      at(
        'leads on',
        redirect('credentials', (canary) => `https://u:${canary}@media.example/?t=${canary}`),
      ),
  ],
  [
    'that leads to no URL',
    'rejected',
    /not a URL/,
    () =>
      at(
        'leads nowhere',
        redirect('no URL', (canary) => `https://:0:${canary}`),
      ),
  ],
  [
    'that leads in circles',
    'rejected',
    /redirects/,
    () =>
      at(
        'leads round',
        redirect('circles', (canary) => `?t=${canary}`),
      ),
  ],
  ['that says who it is of', 'sent', /^$/, () => at('tagged', tagged('a tag in the audio'))],
];

export const postMemo = (json: object, headers: Record<string, string> = {}) =>
  ask('/memos', withKey({ method: 'POST', headers, body: JSON.stringify(json) }));

export const API_REQUESTS: readonly (readonly [string, number, () => Promise<{ status: number }>])[] = [
  [
    'another key',
    401,
    () => ask('/memos', { headers: { authorization: `Bearer ${canaries.text('another API key')}` } }),
  ],
  ['no key', 401, () => ask('/memos')],
  ['no JSON', 400, () => ask('/memos', withKey({ method: 'POST', body: canaries.text('no JSON at the api') }))],
  ['no URL', 400, () => postMemo({ chat: randomUUID(), audio_url: canaries.text('no URL at the api') })],
  ['no chat', 400, () => postMemo({ chat: canaries.text('no chat at the api'), audio_url: at('the api') })],
  ['no state', 400, () => ask(`/memos?state=${canaries.text('a state')}`, withKey())],
  ['no cursor', 400, () => ask(`/memos?next=${canaries.text('a cursor')}`, withKey())],
  ['another source', 200, () => ask(`/memos?source=${canaries.text('a source')}`, withKey())],
  ['health', 200, () => ask('/health')],
  ['nothing', 404, () => ask(`/${canaries.text('a path')}`)],
];
