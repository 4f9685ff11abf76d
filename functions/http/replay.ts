import { Hono } from 'hono';
import * as z from 'zod';
import { STATES } from '../core/model/memo.ts';
import { inWords, type ReplayPlan, type replayMemos } from '../core/operate/replay-memos.ts';
import type { Ledger } from '../core/ports/ports.ts';
import { memoById } from './memo-by-id.ts';
import { parse } from './parse.ts';
import type { replayed } from './response-schemas.ts';
import { utcTime } from './utc-time.ts';

export interface ReplayOptions {
  ledger: Ledger;
  replay: ReturnType<typeof replayMemos>;
}

/** Replays one memo, or all of a state, a source and a time; with `dry_run=true` only says what a replay would do. */
export const replayRoutes = ({ ledger, replay }: ReplayOptions) => {
  const routes = new Hono();

  routes.post('/memos/:id/replay', async (c) => {
    const { dry_run, force, chat } = parse(oneSchema, c.req.query());
    const memo = await memoById(ledger, c.req.param('id'));
    const done = await replay([memo], { force, ...(chat && { chat }) }, dry_run);
    return c.json(answer(done, dry_run), dry_run ? 200 : 202);
  });

  routes.post('/replay', async (c) => {
    const { dry_run, force, limit, next, call, ...filter } = parse(manySchema, c.req.query());
    const page = await ledger.list({ ...filter, ...(call && { callId: call }) }, limit, next);
    const done = await replay(page.memos, { force }, dry_run);
    return c.json({ ...answer(done, dry_run), ...(page.next && { next: page.next }) }, dry_run ? 200 : 202);
  });
  return routes;
};

export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
export const oneSchema = z.strictObject({
  dry_run: flag,
  force: flag,
  chat: z.guid({ error: 'must be a UUID' }).toLowerCase().exactOptional(),
});
export const manySchema = z.strictObject({
  dry_run: flag,
  force: flag,
  // Needed, so that a mistake does not replay every memo.
  state: z.enum(STATES, { error: `is needed: one of ${STATES.join(', ')}` }),
  source: z.string().exactOptional(),
  call: z.string().exactOptional(),
  since: utcTime,
  until: utcTime,
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  next: z.string().exactOptional(),
});

const answer = (done: Awaited<ReturnType<ReplayOptions['replay']>>, dryRun: boolean): z.infer<typeof replayed> => {
  const plans = done.map(({ plan }) => plan);
  const counts = Object.fromEntries(
    [...new Set<ReplayPlan>(plans)].map((plan) => [plan, plans.filter((each) => each === plan).length]),
  );
  return {
    dry_run: dryRun,
    says: inWords(plans, dryRun),
    counts,
    memos: done.map(({ memo: { id, state }, plan }) => ({ id, state, plan })),
  };
};
