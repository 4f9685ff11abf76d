import { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import type { Memo } from '../../core/model/memo.ts';
import { inWords, type ReplayPlan, type replayMemos } from '../../core/operate/replay-memos.ts';
import type { Ledger } from '../../core/ports/ports.ts';
import { parse } from '../parse.ts';
import { sayReplay } from './flash.ts';
import type { Guarded } from './guard.ts';
import { type Html, hidden, layout, stateMark } from './layout.ts';
import { memoOf } from './memo.ts';

export interface ReplayOptions {
  ledger: Ledger;
  replay: ReturnType<typeof replayMemos>;
}

/** Plans by which a replay does something. */
const DOES: readonly ReplayPlan[] = ['send', 'ask', 'fetch', 'route', 'read'];
export const doesSomething = (plans: readonly ReplayPlan[]): boolean => plans.some((plan) => DOES.includes(plan));

/** `GET /m/:id/replay` says what a replay would do; `POST` does it. */
export const replayMemoRoutes = ({ ledger, replay }: ReplayOptions) => {
  const routes = new Hono<Guarded>();

  routes.get('/m/:id/replay', async (c) => {
    const memo = await memoOf(c, ledger);
    const wish = parse(wishSchema, c.req.query());
    const plans = (await replay([memo], wishOf(wish), true)).map(({ plan }) => plan);
    const { formToken } = c.var.session;
    const content = replayPage(memo, plans, wish, formToken);
    return c.html(layout({ title: 'Replay a memo', content, formToken }));
  });

  routes.post('/m/:id/replay', async (c) => {
    const memo = await memoOf(c, ledger);
    const wish = parse(wishSchema, await c.req.parseBody());
    const plans = (await replay([memo], wishOf(wish), false)).map(({ plan }) => plan);
    return c.redirect(`/m/${memo.id}?said=${sayReplay(plans)}`, 303);
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

const replayPage = (
  memo: Memo,
  plans: readonly ReplayPlan[],
  { force, chat }: Wish,
  formToken: string,
): Html => html`<p class="back"><a href="/m/${memo.id}">Back to the memo</a></p>
<section class="card ask" aria-labelledby="title">
  <h1 id="title">${force ? 'Replay it by force?' : 'Replay it?'}</h1>
  <p class="from">It is ${stateMark(memo.state)}</p>
  <p class="says">${inWords(plans, true)}</p>
  ${chat && html`<p>To the chat <span class="id">${chat}</span>.</p>`}
  ${force && doesSomething(plans) && html`<p class="warning">${BY_FORCE}</p>`}
  ${
    doesSomething(plans)
      ? html`<form method="post" action="/m/${memo.id}/replay">${hidden({ token: formToken, force: force ? 'true' : undefined, chat })}<button>${force ? 'Send it again' : 'Replay'}</button> <a href="/m/${memo.id}">Leave it</a></form>`
      : html`<p>A replay would do nothing.</p>`
  }
</section>
${!memo.target && !chat && chatForm(memo)}
${!force && FORCEABLE.includes(memo.state) && html`<section class="card aside" aria-labelledby="force"><h2 id="force">Send it whatever has been</h2><p>${BY_FORCE}</p><p><a href="/m/${memo.id}/replay?force=true">See what that would do</a></p></section>`}`;

export const BY_FORCE =
  'By force it is sent even though it was sent before, was held back, or may have arrived. The person may get it twice.';
const FORCEABLE: readonly Memo['state'][] = ['sent', 'delivered', 'read', 'skipped', 'parked'];

const chatForm = ({ id }: Memo): Html => html`<form class="card aside" method="get" action="/m/${id}/replay">
  <h2>To a chat of your choice</h2>
  <label>Chat id, a UUID <input name="chat" required pattern="[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}" autocomplete="off" spellcheck="false"></label>
  <button>See what that would do</button>
</form>`;
