import { Hono } from 'hono';
import { html } from 'hono/html';
import { AftercallError } from '../../core/model/errors.ts';
import type { Memo } from '../../core/model/memo.ts';
import { countsOf, type Erased, erasureInWords } from '../../core/operate/erase-memos.ts';
import type { Ledger } from '../../core/ports/ports.ts';
import { memoById } from '../memo-by-id.ts';
import type { Guarded } from './guard.ts';
import { type Html, hidden } from './layout.ts';

export interface ErasePageOptions {
  ledger: Ledger;
  erase: (memos: readonly Memo[], dryRun: boolean) => Promise<Erased>;
}

/** `GET /m/:id/erase` shows what an erasure would delete and keep; `POST` erases the memo. */
export const eraseMemoRoutes = ({ ledger, erase }: ErasePageOptions) => {
  const routes = new Hono<Guarded>();
  routes.get('/m/:id/erase', async (c) => {
    const memo = await memoById(ledger, c.req.param('id'));
    const content = erasePage(memo, await erase([memo], true), c.var.session.formToken);
    return c.render(content, { title: 'Erase a memo' });
  });

  routes.post('/m/:id/erase', async (c) => {
    const { left } = await erase([await memoById(ledger, c.req.param('id'))], false);
    if (left[0]) throw new AftercallError('conflict', `The memo was not erased: ${left[0].reason}.`);
    return c.redirect('/?flash=erased', 303);
  });
  return routes;
};

const erasePage = (
  { id, part }: Memo,
  planned: Erased,
  formToken: string,
): Html => html`<p class="back"><a href="/m/${id}">Back to the memo</a></p>
<section class="card ask" aria-labelledby="title">
  <h1 id="title">Erase this memo?</h1>
  <p class="says">${erasureInWords({ ...planned, counts: countsOf(planned.memos) }, true)}</p>
  ${planned.left[0] && html`<p class="warning">This memo cannot be erased now: ${planned.left[0].reason}.</p>`}
  <h2>What is deleted for good</h2>
  <ul>
    <li>the audio in S3${part && ', of every part of this call'}, and the recording that it was made from</li>
    <li>the memo’s row${part && ', and the rows of the other parts'}: who called whom, the history, the reasons, the receipts</li>
    ${planned.linqCopies > 0 && html`<li>Linq’s copy of the file: Aftercall asks Linq to delete it</li>`}
  </ul>
  <h2>What stays</h2>
  <ul>
    <li>a memo that is on a phone already</li>
    <li>the memo’s id, so that a late retry of the webhook does not send the memo again</li>
  </ul>
  <form method="post" action="/m/${id}/erase">
    ${hidden({ token: formToken })}<button class="danger">Erase the memo</button> <a href="/m/${id}">Cancel</a>
  </form>
</section>`;
