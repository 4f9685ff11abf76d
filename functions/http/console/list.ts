import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { html } from 'hono/html';
import * as z from 'zod';
import { STATES } from '../../core/model/memo.ts';
import { canonicalNumber } from '../../core/model/recording.ts';
import { causesNow } from '../../core/observe/causes/causes-now.ts';
import type { Clock, Ledger } from '../../core/ports/ports.ts';
import { parse } from '../parse.ts';
import { ttlCache } from '../ttl-cache.ts';
import { causesView } from './causes-view.ts';
import { findMemos } from './find-memos.ts';
import { type FirstStepsOptions, firstSteps } from './first-steps.ts';
import { flashText } from './flash.ts';
import { fragmentOr } from './fragment.ts';
import type { Guarded, GuardOptions } from './guard.ts';
import { notice } from './layout.ts';
import { address, filterForm, memosView, type Shown } from './list-view.ts';
import { type OverviewOptions, overviewOf, overviewView } from './overview.ts';
import { openNumber, sealNumber } from './sealed-number.ts';

export type ListOptions = OverviewOptions &
  FirstStepsOptions &
  Pick<GuardOptions, 'secrets' | 'apiKey'> & { ledger: Ledger; clock: Clock };

/** `GET /` shows the overview and the memos, newest first. `POST /find` redirects to the memos that match the form. */
export const listRoutes = (options: ListOptions) => {
  const { ledger, sources, clock, secrets, apiKey } = options;
  const overview = overviewOf(options);
  const causes = ttlCache(() => causesNow(ledger), CAUSES_FRESH_MS, clock);
  const routes = new Hono<Guarded>();

  routes.get('/', etag(), async (c) => {
    const { flash, fragment, q: typed, person, ...wanted } = parse(wantedSchema, c.req.query());
    // A page shows no whole number, also where somebody typed the number into the URL.
    const q = typed && isNumber(typed) ? undefined : typed;
    const phone = person && openNumber(await secrets.read(apiKey), person);
    const asked = { ...wanted, q, phone };
    const [seen, why, found] = await Promise.all([
      overview(),
      causes(),
      person && !phone ? { memos: [] } : findMemos(ledger, asked),
    ]);
    const nowMs = clock.nowMs();
    const shown: Shown = { ...asked, person };
    const isNew =
      flash === undefined && found.memos.length === 0 && Object.values(shown).every((value) => value === undefined);
    const place = { origin: new URL(c.req.url).origin, formToken: c.var.session.formToken };
    const first = isNew && !fragment ? await firstSteps(options, place) : undefined;
    const live = html`${causesView(why, nowMs)}${overviewView(seen, nowMs)}${memosView(found, shown, nowMs)}`;
    return fragmentOr(c, fragment, live, () => ({
      frame: { title: 'Memos', poll: address(shown, true) },
      content: html`<h1 class="unseen">Memos</h1>${notice(flashText(flash))}
        ${typed !== q && notice(NO_NUMBER_IN_A_URL)}
        ${person && !phone && notice(LINK_OF_AN_OLD_KEY)}
        ${causesView(why, nowMs)}
        <div class="columns">
          ${overviewView(seen, nowMs)}
          <div>${first}${filterForm(shown, sources, c.var.session.formToken)}${memosView(found, shown, nowMs)}</div>
        </div>`,
    }));
  });

  routes.post('/find', async (c) => {
    const { q, ...wanted } = parse(wantedSchema, await c.req.parseBody());
    const [key] = await secrets.read(apiKey);
    const person = key && q && isNumber(q) ? sealNumber(key, canonicalNumber(q)) : undefined;
    return c.redirect(address({ state: wanted.state, source: wanted.source, ...(person ? { person } : { q }) }), 303);
  });
  return routes;
};

/** However many readers poll, the ledger is asked once in this time. */
const CAUSES_FRESH_MS = 5_000;

const NO_NUMBER_IN_A_URL = 'A URL must hold no telephone number. Type the number into the search field.';
const LINK_OF_AN_OLD_KEY =
  'This link is not valid: links to a person end when the API key is replaced. Type the number into the search field again.';

/** E.164, with any spacing. Digits alone may be the id of a call. */
const isNumber = (text: string): boolean => /^\+[1-9]\d{6,14}$/.test(canonicalNumber(text));

/** A form sends empty fields too. */
const given = (field: z.ZodType<string>) => z.union([z.literal('').transform(() => undefined), field]).optional();
const wantedSchema = z.object({
  state: z.union([z.literal('').transform(() => undefined), z.enum(STATES)]).optional(),
  source: given(z.string().max(64)),
  q: given(z.string().trim().max(512)).transform((q) => q || undefined),
  person: given(z.string().max(256)),
  next: given(z.string().max(2048)),
  flash: z.string().optional(),
  fragment: z.string().optional(),
});
