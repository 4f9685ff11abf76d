import { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import { type Memo, STATES } from '../../core/model/memo.ts';
import { isoTime } from '../../core/model/timing.ts';
import { inWords } from '../../core/operate/replay-memos.ts';
import type { Clock, MemoFilter } from '../../core/ports/ports.ts';
import { parse } from '../parse.ts';
import { flashOfReplay, flashText } from './flash.ts';
import { counted } from './format.ts';
import type { Guarded } from './guard.ts';
import { type Html, hidden, notice } from './layout.ts';
import { type Planned, plannedList } from './planned-list.ts';
import { BY_FORCE, doesSomething, forceCard, forceSchema, type ReplayOptions } from './replay-memo.ts';

/** The most memos of one request. A confirmed replay takes exactly the memos that the page showed. */
const AT_ONCE = 200;

/** The memos that the page shows: of a state, and no newer than `until`. */
type Wanted = { state: Memo['state']; until: string; source?: string; force?: 'true' };

/** `GET /replay?state=…` shows what a replay of many memos would do; `POST /replay/confirmed` replays them. */
export const replayManyRoutes = ({ ledger, replay, clock }: ReplayOptions & { clock: Clock }) => {
  const routes = new Hono<Guarded>();

  routes.get('/replay', async (c) => {
    const query = parse(manySchema, c.req.query());
    const { state, source, force, next, until = isoTime(clock.nowMs() + 1), flash } = query;
    const done = notice(flashText(flash));
    if (!state) {
      const content = html`<section class="card ask"><h1>Replay memos</h1>${done}${chooser(undefined)}</section>`;
      return c.render(content, { title: 'Replay' });
    }
    const filter = { state, ...(source && { source }), until };
    const page = await ledger.list(filter, AT_ONCE, next);
    const planned = await replay(page.memos, { force }, true);
    const wanted: Wanted = { ...filter, ...(force && { force: 'true' }) };
    const hiddenFields = hidden({ token: c.var.session.formToken, ...wanted, next });
    const content = html`${question({ planned, wanted, done, hiddenFields, next: page.next })}
      ${planned.length > 0 && plannedList(planned, clock.nowMs())}
      ${planned.length > 0 && !force && forceCard(`/replay?${new URLSearchParams({ ...wanted, force: 'true' })}`)}`;
    return c.render(content, { title: 'Replay' });
  });

  routes.post('/replay/confirmed', async (c) => {
    const { state, source, force, next, until } = parse(confirmedSchema, await c.req.parseBody());
    const filter: MemoFilter = { state, until, ...(source && { source }) };
    const page = await ledger.list(filter, AT_ONCE, next);
    const done = await replay(page.memos, { force }, false);
    return c.redirect(`/replay?flash=${flashOfReplay(done.map(({ plan }) => plan))}`, 303);
  });
  return routes;
};

interface Question {
  planned: Planned;
  wanted: Wanted;
  /** The result of the replay before, if there was one. */
  done: Html;
  hiddenFields: Html;
  next: string | undefined;
}

const question = ({ planned, wanted, done, hiddenFields, next }: Question): Html => {
  const plans = planned.map(({ plan }) => plan);
  const memos = counted(planned.length, 'memo');
  return html`<section class="card ask" aria-labelledby="title">
    <h1 id="title">${wanted.force ? 'Replay these memos by force?' : 'Replay these memos?'}</h1>
    ${done}
    ${chooser(wanted.state)}
    <p class="says">${inWords(plans, true)}</p>
    ${wanted.force && html`<p class="warning">${BY_FORCE}</p>`}
    ${
      doesSomething(plans) &&
      html`<form method="post" action="/replay/confirmed">${hiddenFields}
      <button>${wanted.force ? `Send ${memos} by force` : `Replay ${memos}`}</button></form>`
    }
    ${
      next &&
      html`<p class="note">These are the newest ${AT_ONCE} memos; there are more.
      <a href="/replay?${new URLSearchParams({ ...wanted, next })}">The next ones</a></p>`
    }
  </section>`;
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
  flash: z.string().max(2048).optional(),
});
/** A state and a time are needed, so that a mistake does not replay every memo. */
const confirmedSchema = z.object({ ...shape, state: z.enum(STATES), until: z.iso.datetime() });

const chooser = (chosen: Memo['state'] = 'failed'): Html => {
  const options = STATES.map((state) => html`<option${state === chosen ? html` selected` : ''}>${state}</option>`);
  return html`<form class="filter" method="get" action="/replay">
  <label>Every memo in the state <select name="state">${options}</select></label>
  <button class="quiet">See what a replay would do</button></form>`;
};
