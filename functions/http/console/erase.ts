import { Hono } from 'hono';
import { html } from 'hono/html';
import { AftercallError } from '../../core/model/errors.ts';
import type { Memo } from '../../core/model/memo.ts';
import { countsOf, type Erased, erasureInWords } from '../../core/operate/erase-memos.ts';
import type { Ledger } from '../../core/ports/ports.ts';
import type { Guarded } from './guard.ts';
import { type Html, hidden, layout } from './layout.ts';
import { memoOf } from './memo.ts';

export interface ErasePageOptions {
  ledger: Ledger;
  erase: (memos: readonly Memo[], dryRun: boolean) => Promise<Erased>;
}

/** `GET /m/:id/erase` says what goes and what stays; `POST` erases it. */
export const eraseMemoRoutes = ({ ledger, erase }: ErasePageOptions) => {
  const routes = new Hono<Guarded>();
  routes.get('/m/:id/erase', async (c) => {
    const { formToken } = c.var.session;
    const memo = await memoOf(c, ledger);
    const content = erasePage(memo, await erase([memo], true), formToken);
    return c.html(layout({ title: 'Erase a memo', content, formToken }));
  });

  routes.post('/m/:id/erase', async (c) => {
    const { left } = await erase([await memoOf(c, ledger)], false);
    if (left[0]) throw new AftercallError('conflict', `It was not erased: ${left[0].reason}.`);
    return c.redirect('/?said=erased', 303);
  });
  return routes;
};

const erasePage = (
  { id, part }: Memo,
  would: Erased,
  formToken: string,
): Html => html`<p class="back"><a href="/m/${id}">Back to the memo</a></p>
<section class="card ask" aria-labelledby="title">
  <h1 id="title">Erase it?</h1>
  <p class="says">${erasureInWords({ ...would, counts: countsOf(would.memos) }, true)}</p>
  ${would.left[0] && html`<p class="warning">Left as it is: ${would.left[0].reason}.</p>`}
  <h2>What goes, for good</h2>
  <ul>
    <li>its audio${part && ', that of every part of this call,'} and the recording it was made of, in S3</li>
    <li>its row${part && ', and those of the other parts'}: who called whom, the history, the reasons, the receipts</li>
    ${would.linqCopies > 0 && html`<li>the copy of the file that Linq keeps: it is asked to delete it</li>`}
  </ul>
  <h2>What stays</h2>
  <ul>
    <li>what has arrived on a phone already</li>
    <li>the memo’s id, so that no late retry of its webhook sends it again</li>
  </ul>
  <form method="post" action="/m/${id}/erase">${hidden({ token: formToken })}<button class="danger">Erase it</button> <a href="/m/${id}">Leave it</a></form>
</section>`;
