import { Hono } from 'hono';
import { html } from 'hono/html';
import type { Memo } from '../../core/model/memo.ts';
import { isUnreadable } from '../../core/operate/keep-unreadable.ts';
import type { Ledger } from '../../core/ports/ports.ts';
import { memoById } from '../memo-by-id.ts';
import type { Guarded } from './guard.ts';
import type { Html } from './layout.ts';
import { maskerFor } from './phone-mask.ts';

export interface DeadLetterOptions {
  ledger: Pick<Ledger, 'get'>;
}

/** `GET /m/:id/dead-letter` shows a memo's dead letter, without numbers and addresses; `…/save` is the whole message as a file. */
export const deadLetterRoutes = ({ ledger }: DeadLetterOptions) => {
  const routes = new Hono<Guarded>();
  routes.get('/m/:id/dead-letter', async (c) => {
    const memo = await memoById(ledger, c.req.param('id'));
    return c.render(deadLetterPage(memo), { title: 'Dead letter' });
  });
  routes.get('/m/:id/dead-letter/save', async (c) => {
    const { id, deadLetter = '' } = await memoById(ledger, c.req.param('id'));
    c.header('Content-Disposition', `attachment; filename="${id}.dead-letter.json"`);
    return c.body(deadLetter, 200, { 'Content-Type': 'application/octet-stream' });
  });
  return routes;
};

/** A link to the page, on the page of a memo that has a dead letter. */
export const deadLetterLink = ({ id, deadLetter }: Memo): Html =>
  html`${deadLetter !== undefined && html`<a class="button" href="/m/${id}/dead-letter" id="dead-letter">Dead letter…</a>`}`;

const deadLetterPage = (memo: Memo): Html => {
  const { id, deadLetter } = memo;
  return html`<p class="back"><a href="/m/${id}">Back to the memo</a></p>
<section class="card ask" aria-labelledby="title">
  <h1 id="title">The dead letter</h1>
  ${
    deadLetter === undefined
      ? html`<p>This memo has no dead letter.</p>`
      : html`<p>${isUnreadable(memo) ? UNREADABLE : GIVEN_UP}</p>
  <pre class="letter" tabindex="0">${maskerFor(memo)(withoutAddresses(deadLetter))}</pre>
  <p class="note">Numbers and addresses are hidden here. The file has the whole message.</p>
  <p><a class="button" href="/m/${id}/dead-letter/save" download>Save as a file</a>
    <a class="button" href="/m/${id}/erase">Discard it: erase the memo…</a></p>`
  }
</section>`;
};

const UNREADABLE =
  'This version of Aftercall cannot read the message, so a replay does not help. Save it if you need it, or discard it.';
const GIVEN_UP = 'SQS gave this message up after a thousand tries. When the cause is gone, replay the memo.';

const withoutAddresses = (text: string): string => text.replace(/(https?:\/\/)[^\s"'\\]+/gi, '$1…');
