import { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import type { Memo } from '../../core/model/memo.ts';
import { inWords, type ReplayPlan, type replayMemos } from '../../core/operate/replay-memos.ts';
import type { Ledger } from '../../core/ports/ports.ts';
import { memoById } from '../memo-by-id.ts';
import { parse } from '../parse.ts';
import { flashOfReplay } from './flash.ts';
import type { Guarded } from './guard.ts';
import { type Html, hidden, stateMark } from './layout.ts';

export interface ReplayOptions {
  ledger: Ledger;
  replay: ReturnType<typeof replayMemos>;
}

/** Plans by which a replay does something. */
const ACTIVE_PLANS: readonly ReplayPlan[] = ['send', 'ask', 'fetch', 'route', 'read'];
export const doesSomething = (plans: readonly ReplayPlan[]): boolean =>
  plans.some((plan) => ACTIVE_PLANS.includes(plan));

/** `GET /m/:id/replay` shows what a replay would do; `POST` replays the memo. */
export const replayMemoRoutes = ({ ledger, replay }: ReplayOptions) => {
  const routes = new Hono<Guarded>();

  routes.get('/m/:id/replay', async (c) => {
    const memo = await memoById(ledger, c.req.param('id'));
    const wish = parse(wishSchema, c.req.query());
    const plans = (await replay([memo], wishOf(wish), true)).map(({ plan }) => plan);
    return c.render(replayPage(memo, plans, wish, c.var.session.formToken), { title: 'Replay a memo' });
  });

  routes.post('/m/:id/replay', async (c) => {
    const memo = await memoById(ledger, c.req.param('id'));
    const wish = parse(wishSchema, await c.req.parseBody());
    const plans = (await replay([memo], wishOf(wish), false)).map(({ plan }) => plan);
    return c.redirect(`/m/${memo.id}?flash=${flashOfReplay(plans)}`, 303);
  });
  return routes;
};

export const forceSchema = z
  .enum(['true', 'false', ''])
  .optional()
  .transform((text) => text === 'true');
const wishSchema = z.object({
  force: forceSchema,
  chat: z
    .union([z.literal(''), z.guid({ error: 'must be a chat id, a UUID' }).toLowerCase()])
    .optional()
    .transform((chat) => chat || undefined),
});
type Wish = z.infer<typeof wishSchema>;
const wishOf = ({ force, chat }: Wish) => ({ force, ...(chat && { chat }) });

const replayPage = (memo: Memo, plans: readonly ReplayPlan[], wish: Wish, formToken: string): Html => {
  const { force, chat } = wish;
  return html`<p class="back"><a href="/m/${memo.id}">Back to the memo</a></p>
<section class="card ask" aria-labelledby="title">
  <h1 id="title">${force ? 'Replay this memo by force?' : 'Replay this memo?'}</h1>
  <p class="from">Its state is ${stateMark(memo.state)}</p>
  <p class="says">${inWords(plans, true)}</p>
  ${chat && html`<p>To the chat <span class="id">${chat}</span>.</p>`}
  ${force && doesSomething(plans) && html`<p class="warning">${BY_FORCE}</p>`}
  ${doesSomething(plans) ? confirmForm(memo, wish, formToken) : html`<p>A replay would do nothing.</p>`}
</section>
${!memo.target && !chat && chatForm(memo)}
${!force && FORCEABLE.includes(memo.state) && forceCard(`/m/${memo.id}/replay?force=true`)}`;
};

const confirmForm = ({ id }: Memo, { force, chat }: Wish, formToken: string): Html =>
  html`<form method="post" action="/m/${id}/replay">
    ${hidden({ token: formToken, force: force ? 'true' : undefined, chat })}
    <button>${force ? 'Send it again' : 'Replay'}</button> <a href="/m/${id}">Cancel</a>
  </form>`;

export const BY_FORCE =
  'Force also sends a memo that was sent before, that was skipped, or that may have arrived. The person may get it twice.';
const FORCEABLE: readonly Memo['state'][] = ['sent', 'delivered', 'read', 'skipped', 'parked'];

/** Leads to the same replay by force, which is planned and confirmed in its turn. */
export const forceCard = (url: string): Html => html`<section class="card aside" aria-labelledby="force">
  <h2 id="force">Replay by force</h2>
  <p>${BY_FORCE}</p>
  <p><a href="${url}">See what that would do</a></p>
</section>`;

const UUID = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const chatForm = ({ id }: Memo): Html => html`<form class="card aside" method="get" action="/m/${id}/replay">
  <h2>Replay to a chat that you name</h2>
  <label>Chat id, a UUID <input name="chat" required pattern="${UUID}" autocomplete="off" spellcheck="false"></label>
  <button>See what that would do</button>
</form>`;
