import { Hono } from 'hono';
import * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';
import type { Memo } from '../core/model/memo.ts';
import { isoTime } from '../core/model/timing.ts';
import { type Erasable, REMEMBERED_MS } from '../core/operate/drop-erased.ts';
import { countsOf, type Erased, erasureInWords } from '../core/operate/erase-memos.ts';
import type { Clock, Ledger, Queues } from '../core/ports/ports.ts';
import { jsonOf, smallBody } from './body.ts';
import { memoById } from './memo-by-id.ts';
import { parse } from './parse.ts';
import { anyPhone } from './phone.ts';
import { flag } from './replay.ts';
import type { erased } from './response-schemas.ts';

export interface EraseOptions {
  ledger: Ledger;
  erase: (memos: readonly Memo[], dryRun: boolean) => Promise<Erased>;
  rememberErasure: (erasable: Erasable) => Promise<void>;
  /** Resolves when the ledger's lists show every row that was written before now. */
  untilListed: () => Promise<void>;
  queues: Queues;
  clock: Clock;
}

type Answer = z.infer<typeof erased>;

/** `DELETE /memos/:id` and `POST /erase`: erase audio, rows and Linq's copies; with `dry_run` they only say what they would erase. */
export const eraseRoutes = ({ ledger, erase, rememberErasure, untilListed, queues, clock }: EraseOptions) => {
  const routes = new Hono();

  routes.delete('/memos/:id', async (c) => {
    const { dry_run } = parse(dryRunSchema, c.req.query());
    const memo = await memoById(ledger, c.req.param('id'));
    const queued = await whatIsQueued(queues, clock);
    const answer: Answer = { ...view(await erase([memo], dry_run), dry_run), ...queued };
    return c.json(answer);
  });

  routes.post('/erase', smallBody, async (c) => {
    const { dry_run } = parse(dryRunSchema, c.req.query());
    const { next, ...whom } = parse(eraseSchema, await jsonOf(c));
    // The order matters. First the erasure is remembered, so that queued messages make no new row; then rows that were
    // written before it become visible in the lists. Only for the first page: a later call is a new erasure.
    if (!dry_run && !next) {
      await rememberErasure(whom);
      await untilListed();
    }
    const queued = await whatIsQueued(queues, clock);
    const filter = 'phone' in whom ? { phone: whom.phone } : { callId: whom.call };
    const page = await ledger.list(filter, AT_ONCE, next);
    if (page.laterVersions) throw laterVersions(page.laterVersions);
    const done = view(await erase(page.memos, dry_run), dry_run);
    const answer: Answer = { ...done, ...queued, ...(page.next && { next: page.next }) };
    return c.json(answer);
  });
  return routes;
};

/**
 * Any waiting message may be about the erased memos: SQS cannot be asked for a message by its content. `store` and `send`
 * drop such a message when its turn comes, and SQS keeps no message after `until`.
 */
const whatIsQueued = async (queues: Queues, clock: Clock) => {
  const { recordings, deadLetters } = await queues.depths();
  const messages = recordings + deadLetters;
  return messages > 0 && { queued: { messages, until: isoTime(clock.nowMs() + REMEMBERED_MS) } };
};

const laterVersions = ([first, ...others]: readonly string[]): AftercallError =>
  new AftercallError(
    'later_version',
    `a later version of Aftercall wrote ${others.length + 1} of these memos' rows: deploy that version again, and erase then`,
    first === undefined ? {} : { memo: first },
  );

/** As many as one request has time for; `next` asks for the rest. */
const AT_ONCE = 50;

const next = z.string().exactOptional();
export const eraseSchema = z.union([
  z.strictObject({
    phone: anyPhone,
    next,
  }),
  z.strictObject({ call: z.string().min(1).max(512), next }),
]);

export const dryRunSchema = z.strictObject({ dry_run: flag });

const view = ({ memos, ...rest }: Erased, dryRun: boolean) => {
  const { objects, linqCopies: linq_copies, left } = rest;
  const counts = countsOf(memos);
  const says = erasureInWords({ counts, ...rest }, dryRun);
  return { dry_run: dryRun, says, counts, erased: memos.map(({ id }) => id), objects, linq_copies, left };
};
