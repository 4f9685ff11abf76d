import { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import { STATES } from '../../core/memo.ts';
import type { Clock, Ledger } from '../../core/ports.ts';
import { parse } from '../parse.ts';
import { findMemos, type Wanted } from './find-memos.ts';
import { fragmentOr } from './fragment.ts';
import type { Guarded } from './guard.ts';
import { notice } from './layout.ts';
import { address, filterForm, memosView } from './list-view.ts';
import { type OverviewOptions, overviewOf, overviewView } from './overview.ts';
import { saidInWords } from './said.ts';

export type ListOptions = OverviewOptions & { ledger: Ledger; clock: Clock };

/** `GET /`: what is to be seen at a glance, and the memos, newest first. */
export const listRoutes = (options: ListOptions) => {
  const { ledger, sources, clock } = options;
  const overview = overviewOf(options);
  return new Hono<Guarded>().get('/', async (c) => {
    const { said, fragment, ...wanted } = parse(wantedSchema, c.req.query());
    // A number is no id of ours, and none shall stand in a page, not even the one that was just typed.
    const q = wanted.q && /^\+[\d\s().-]+$/.test(wanted.q) ? undefined : wanted.q;
    const [seen, found] = await Promise.all([overview(), findMemos(ledger, { ...wanted, q })]);
    const nowMs = clock.nowMs();
    const shown: Wanted = { ...wanted, q };
    const live = html`${overviewView(seen, nowMs)}${memosView(found, shown, nowMs)}`;
    return fragmentOr(c, fragment, live, () => ({
      title: 'Memos',
      poll: address(shown, true),
      content: html`<h1 class="unseen">Memos</h1>${notice(saidInWords(said))}
        ${wanted.q !== q && html`<p class="notice">Memos are found by the id of a memo, a call or a chat, not by a number.</p>`}
        <div class="columns">${overviewView(seen, nowMs)}<div>${filterForm(shown, sources)}${memosView(found, shown, nowMs)}</div></div>`,
    }));
  });
};

/** A form sends its empty fields too. */
const given = (field: z.ZodType<string>) => z.union([z.literal('').transform(() => undefined), field]).optional();
const wantedSchema = z.object({
  state: z.union([z.literal('').transform(() => undefined), z.enum(STATES)]).optional(),
  source: given(z.string().max(64)),
  q: given(z.string().trim().max(512)).transform((q) => q || undefined),
  next: given(z.string().max(2048)),
  said: z.string().optional(),
  fragment: z.string().optional(),
});
