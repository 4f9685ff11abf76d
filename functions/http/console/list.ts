import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { html } from 'hono/html';
import * as z from 'zod';
import { AftercallError } from '../../core/model/errors.ts';
import { STATES } from '../../core/model/memo.ts';
import { causesNow } from '../../core/observe/causes/causes-now.ts';
import type { Clock, Ledger } from '../../core/ports/ports.ts';
import { parse } from '../parse.ts';
import { ttlCache } from '../ttl-cache.ts';
import { causesView } from './causes-view.ts';
import { daysView } from './days-view.ts';
import { address, type Shown } from './filter.ts';
import { filterForm } from './filter-form.ts';
import { findMemos } from './find-memos.ts';
import { type FirstStepsOptions, firstSteps } from './first-steps.ts';
import { flashText } from './flash.ts';
import { fragmentOr } from './fragment.ts';
import type { Guarded, GuardOptions } from './guard.ts';
import { notice } from './layout.ts';
import { memosView } from './list-view.ts';
import { type OverviewOptions, overviewOf, overviewView } from './overview.ts';
import { openNumber, sealNumber } from './sealed-number.ts';
import { mayHoldNumber } from './search-text.ts';

export type ListOptions = OverviewOptions &
  FirstStepsOptions &
  Pick<GuardOptions, 'secrets' | 'apiKey'> & {
    ledger: Ledger;
    /** The names of the sources. */
    sources: readonly string[];
    clock: Clock;
  };

/** `GET /` shows the overview and the memos, newest first. `POST /find` redirects to the memos that match the form. */
export const listRoutes = (options: ListOptions) => {
  const { ledger, sources, clock, secrets, apiKey } = options;
  const overview = overviewOf(options);
  const causes = ttlCache(() => causesNow(ledger), CAUSES_FRESH_MS, clock);
  const routes = new Hono<Guarded>();

  routes.get('/', etag(), async (c) => {
    const { flash, fragment, q: typed, reason: ofReason, person, ...wanted } = parse(wantedSchema, c.req.query());
    // A page shows no whole number, also where somebody typed the number into the URL.
    const [q, reason] = [typed, ofReason].map((text) => (text && mayHoldNumber(text) ? undefined : text));
    const number = person && openNumber(await secrets.read(apiKey), person);
    const asked = { ...wanted, q, reason, number };
    const isOld = person !== undefined && number === undefined;
    const [seen, why, found] = await Promise.all([
      overview(),
      causes(),
      isOld ? { memos: [] } : findMemos(ledger, asked),
    ]);
    const nowMs = clock.nowMs();
    const shown: Shown = { ...asked, person };
    const isNew =
      flash === undefined && found.memos.length === 0 && Object.values(shown).every((value) => value === undefined);
    const place = { origin: new URL(c.req.url).origin, formToken: c.var.session.formToken };
    const first = isNew && !fragment ? await firstSteps(options, place) : undefined;
    const live = html`${causesView(why, nowMs)}${overviewView(seen, nowMs)}${daysView(seen.days)}${memosView(found, shown, nowMs)}`;
    return fragmentOr(c, fragment, live, () => ({
      frame: { title: 'Memos', poll: address(shown, true) },
      content: html`<h1 class="unseen">Memos</h1>${notice(flashText(flash))}
        ${(typed !== q || ofReason !== reason) && notice(NO_NUMBER_IN_A_URL)}
        ${isOld && notice(LINK_OF_AN_OLD_KEY)}
        ${causesView(why, nowMs)}
        <div class="columns">
          ${overviewView(seen, nowMs)}
          <div>${first}${daysView(seen.days)}${filterForm(shown, sources, c.var.session.formToken)}${memosView(found, shown, nowMs)}</div>
        </div>`,
    }));
  });

  routes.post('/find', async (c) => {
    const { q, ...wanted } = parse(wantedSchema, await c.req.parseBody());
    const { state, source, reason, since, until } = wanted;
    if (reason && mayHoldNumber(reason)) throw new AftercallError('unreadable', NO_NUMBER_IN_A_REASON);
    const [key] = await secrets.read(apiKey);
    const person = key && q && mayHoldNumber(q) ? sealNumber(key, q) : undefined;
    return c.redirect(address({ state, source, reason, since, until, ...(person ? { person } : { q }) }), 303);
  });
  return routes;
};

/** However many readers poll, the ledger is asked once in this time. */
const CAUSES_FRESH_MS = 3_000;

const NO_NUMBER_IN_A_URL = 'A URL must hold no telephone number. Type the number into the search field.';
const NO_NUMBER_IN_A_REASON =
  'A reason to look for must hold no telephone number, because it stands in the URL. Type the number into the search field.';
const LINK_OF_AN_OLD_KEY =
  'This link is not valid: links to a person end when the API key is replaced. Type the number into the search field again.';

/** A form sends empty fields too. */
const given = (field: z.ZodType<string>) => z.union([z.literal('').transform(() => undefined), field]).optional();
const text = given(z.string().trim().max(512)).transform((typed) => typed || undefined);
const wantedSchema = z.object({
  state: z.union([z.literal('').transform(() => undefined), z.enum(STATES)]).optional(),
  source: given(z.string().max(64)),
  q: text,
  reason: text,
  since: given(z.iso.date()),
  until: given(z.iso.date()),
  /** A sealed text that may be a telephone number. */
  person: given(z.string().max(1024)),
  next: given(z.string().max(2048)),
  flash: z.string().optional(),
  fragment: z.string().optional(),
});
