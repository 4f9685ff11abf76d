import { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import { type Memo, STATES } from '../../core/model/memo.ts';
import { isoTime } from '../../core/model/timing.ts';
import { inWords, type ReplayPlan } from '../../core/operate/replay-memos.ts';
import type { Clock, MemoFilter } from '../../core/ports/ports.ts';
import { parse } from '../parse.ts';
import { saidInWords, sayReplay } from './flash.ts';
import { ago, counted } from './format.ts';
import type { Guarded } from './guard.ts';
import { type Html, hidden, layout, notice, stateMark } from './layout.ts';
import { BY_FORCE, doesSomething, forceSchema, type ReplayOptions } from './replay-memo.ts';

/** What one request plans and does; a confirmed replay is of exactly what was shown. */
const AT_ONCE = 200;

/** `GET /replay?state=…` says what a replay of many would do; `POST /replay/confirmed` does it. */
export const replayManyRoutes = ({ ledger, replay, clock }: ReplayOptions & { clock: Clock }) => {
  const routes = new Hono<Guarded>();

  routes.get('/replay', async (c) => {
    const { formToken } = c.var.session;
    const { state, source, force, next, until = isoTime(clock.nowMs() + 1), said } = parse(manySchema, c.req.query());
    const done = notice(saidInWords(said));
    if (!state) {
      const content = html`<section class="card ask"><h1>Replay many</h1>${done}${chooser(undefined)}</section>`;
      return c.html(layout({ title: 'Replay', content, formToken }));
    }
    const wanted = { state, ...(source && { source }), until };
    const page = await ledger.list(wanted, AT_ONCE, next);
    const planned = await replay(page.memos, { force }, true);
    const again = { ...wanted, ...(force && { force: 'true' }) };
    const content = html`<section class="card ask" aria-labelledby="title"><h1 id="title">${force ? 'Replay these by force?' : 'Replay these?'}</h1>${done}
      ${chooser(state)}
      <p class="says">${inWords(
        planned.map(({ plan }) => plan),
        true,
      )}</p>
      ${force && html`<p class="warning">${BY_FORCE}</p>`}
      ${doesSomething(planned.map(({ plan }) => plan)) && html`<form method="post" action="/replay/confirmed">${hidden({ token: formToken, ...again, next })}<button>${force ? `Send ${counted(planned.length, 'memo')} by force` : `Replay ${counted(planned.length, 'memo')}`}</button></form>`}
      ${page.next && html`<p class="note">There are more: these are the newest ${AT_ONCE}. <a href="/replay?${new URLSearchParams({ ...again, next: page.next })}">The next ones</a></p>`}
      </section>
      ${planned.length > 0 && listed(planned, clock.nowMs())}
      ${!force && planned.length > 0 && html`<section class="card aside"><h2>Send them whatever has been</h2><p>${BY_FORCE}</p><p><a href="/replay?${new URLSearchParams({ ...again, force: 'true' })}">See what that would do</a></p></section>`}`;
    return c.html(layout({ title: 'Replay', content, formToken }));
  });

  routes.post('/replay/confirmed', async (c) => {
    const { state, source, force, next, until } = parse(confirmedSchema, await c.req.parseBody());
    const filter: MemoFilter = { state, until, ...(source && { source }) };
    const page = await ledger.list(filter, AT_ONCE, next);
    const done = await replay(page.memos, { force }, false);
    return c.redirect(`/replay?said=${sayReplay(done.map(({ plan }) => plan))}`, 303);
  });
  return routes;
};

const optional = (field: z.ZodType<string>) => z.union([z.literal('').transform(() => undefined), field]).optional();
const shape = {
  source: optional(z.string().max(64)),
  force: forceSchema,
  next: optional(z.string().max(2048)),
};
const manySchema = z.object({
  ...shape,
  state: z.union([z.literal('').transform(() => undefined), z.enum(STATES)]).optional(),
  until: optional(z.iso.datetime()),
  said: z.string().max(2048).optional(),
});
/** Without a state and a time a slip of the hand would wake everything that there is. */
const confirmedSchema = z.object({ ...shape, state: z.enum(STATES), until: z.iso.datetime() });

const chooser = (chosen: Memo['state'] | undefined): Html => html`<form class="filter" method="get" action="/replay">
  <label>Every memo that is <select name="state">${STATES.map((state) => html`<option${state === (chosen ?? 'failed') ? html` selected` : ''}>${state}</option>`)}</select></label>
  <button class="quiet">See what it would do</button></form>`;

const listed = (
  planned: readonly { memo: Memo; plan: ReplayPlan }[],
  nowMs: number,
): Html => html`<section class="card" aria-labelledby="which"><h2 id="which">Which</h2>
  <ul class="plans">${planned.map(
    ({ memo, plan }) =>
      html`<li><a href="/m/${memo.id}">${stateMark(memo.state)} <span>${memo.recording.source}</span> <span class="id">${memo.id}</span></a> ${ago(memo.createdAt, nowMs)} <span class="plan">${inWords([plan], true).replace(/^1 /, '')}</span></li>`,
  )}</ul></section>`;
