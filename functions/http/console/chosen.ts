import { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import { AftercallError } from '../../core/model/errors.ts';
import { MEMO_ID, type Memo } from '../../core/model/memo.ts';
import { countsOf, erasureInWords } from '../../core/operate/erase-memos.ts';
import { inWords } from '../../core/operate/replay-memos.ts';
import type { Clock, Ledger } from '../../core/ports/ports.ts';
import { parse } from '../parse.ts';
import type { ErasePageOptions } from './erase.ts';
import { PAGE } from './find-memos.ts';
import { flashOfReplay } from './flash.ts';
import { counted } from './format.ts';
import type { Guarded, PageContext } from './guard.ts';
import { type Html, hidden } from './layout.ts';
import { plannedList } from './planned-list.ts';
import { BY_FORCE, doesSomething, forceSchema, type ReplayOptions } from './replay-memo.ts';

export type ChosenOptions = ReplayOptions & ErasePageOptions & { ledger: Ledger; clock: Clock };

/** The most memos that one page lets a reader choose. */
const MOST = PAGE;

/**
 * `GET /replay/chosen` and `GET /erase/chosen` say what would become of the chosen memos, `?memo=…&memo=…`; `POST` does it to exactly
 * these.
 */
export const chosenRoutes = ({ ledger, replay, erase, clock }: ChosenOptions) => {
  const routes = new Hono<Guarded>();

  routes.get('/replay/chosen', async (c) => {
    const ids = idsOf(c.req.queries('memo'));
    const { force } = parse(forceShape, c.req.query());
    const planned = await replay(await rowsOf(ledger, ids), { force }, true);
    const plans = planned.map(({ plan }) => plan);
    const does = doesSomething(plans);
    const fields = hiddenOf(ids, c.var.session.formToken, force);
    const forced = `/replay/chosen?${new URLSearchParams([...ids.map((id): [string, string] => ['memo', id]), ['force', 'true']])}`;
    const content = html`${BACK}<section class="card ask" aria-labelledby="title">
      <h1 id="title">${force ? 'Replay these memos by force?' : 'Replay these memos?'}</h1>
      <p class="says">${inWords(plans, true)}</p>
      ${force && html`<p class="warning">${BY_FORCE}</p>`}
      ${does ? form('/replay/chosen', fields, html`<button>Replay ${counted(ids.length, 'memo')}</button>`) : html`<p>A replay would do nothing.</p>`}
      ${!force && html`<p class="note">${BY_FORCE} <a href="${forced}">See what force would do</a></p>`}
    </section>${plannedList(planned, clock.nowMs())}`;
    return c.render(content, { title: 'Replay' });
  });

  routes.post('/replay/chosen', async (c) => {
    const { force } = parse(forceShape, await c.req.parseBody());
    const done = await replay(await rowsOf(ledger, await chosenIn(c)), { force }, false);
    return c.redirect(`/replay?flash=${flashOfReplay(done.map(({ plan }) => plan))}`, 303);
  });

  routes.get('/erase/chosen', async (c) => {
    const ids = idsOf(c.req.queries('memo'));
    const planned = await erase(await rowsOf(ledger, ids), true);
    const button = html`<button class="danger">Erase ${counted(planned.memos.length, 'memo')}</button>`;
    const content = html`${BACK}<section class="card ask" aria-labelledby="title">
      <h1 id="title">Erase these memos?</h1>
      <p class="says">${erasureInWords({ ...planned, counts: countsOf(planned.memos) }, true)}</p>
      ${planned.left.map(({ memo, reason }) => html`<p class="warning"><span class="id">${memo}</span> cannot be erased now: ${reason}.</p>`)}
      <p>Audio, rows, receipts and Linq’s copies are deleted for good, also of the other parts of a call. What is on a phone stays there.</p>
      ${planned.memos.length > 0 && form('/erase/chosen', hiddenOf(ids, c.var.session.formToken), button)}
    </section>`;
    return c.render(content, { title: 'Erase' });
  });

  routes.post('/erase/chosen', async (c) => {
    const { memos, left } = await erase(await rowsOf(ledger, await chosenIn(c)), false);
    if (memos.length === 0 && left[0]) throw new AftercallError('conflict', `Nothing was erased: ${left[0].reason}.`);
    return c.redirect(`/?flash=${left.length > 0 ? 'erased-some' : 'erased-chosen'}`, 303);
  });
  return routes;
};

const BACK = html`<p class="back"><a href="/">All memos</a></p>`;
const forceShape = z.object({ force: forceSchema });

const form = (action: string, fields: Html, button: Html): Html =>
  html`<form method="post" action="${action}">${fields}${button} <a href="/">Cancel</a></form>`;

const hiddenOf = (ids: readonly string[], token: string, force = false): Html =>
  html`${hidden({ token, force: force ? 'true' : undefined })}${ids.map((id) => html`<input type="hidden" name="memo" value="${id}">`)}`;

/** @throws AftercallError `unreadable` where nothing was chosen, or a value is no memo id */
const idsOf = (given: unknown): string[] => {
  const ids = [...new Set([given ?? []].flat())];
  if (ids.length === 0) throw new AftercallError('unreadable', 'Choose memos in the list first: each row has a box.');
  return parse(idsSchema, ids);
};
const chosenIn = async (c: PageContext): Promise<string[]> => idsOf((await c.req.formData()).getAll('memo'));
const idsSchema = z.array(z.string().regex(MEMO_ID, 'must be the id of a memo')).max(MOST);

/** A memo that was erased meanwhile is left out. */
const rowsOf = async (ledger: Ledger, ids: readonly string[]): Promise<Memo[]> =>
  (await Promise.all(ids.map((id) => ledger.get(id)))).filter((memo) => memo !== undefined);
