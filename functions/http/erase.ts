import { Hono } from 'hono';
import * as z from 'zod';
import type { Erasable, Erased } from '../core/erase-memos.ts';
import { AftercallError } from '../core/errors.ts';
import { MEMO_ID, type Memo } from '../core/memo.ts';
import type { Ledger } from '../core/ports.ts';
import { canonicalNumber } from '../core/recording.ts';
import type { erased } from './answers.ts';
import { jsonOf, smallBody } from './body.ts';
import { parse } from './parse.ts';

export interface EraseOptions {
  ledger: Ledger;
  erase: (memos: readonly Memo[]) => Promise<Erased>;
  watchFor: (erasable: Erasable) => Promise<void>;
}

/** `DELETE /memos/:id` and `POST /erase`: audio, rows and Linq's copies, and it says what it could not. */
export const eraseRoutes = ({ ledger, erase, watchFor }: EraseOptions) => {
  const routes = new Hono();

  routes.delete('/memos/:id', async (c) => {
    const id = c.req.param('id');
    const memo = MEMO_ID.test(id) ? await ledger.get(id) : undefined;
    if (!memo) throw new AftercallError('no_such_memo', 'there is no such memo', { memo: id });
    return c.json(view(await erase([memo])));
  });

  routes.post('/erase', smallBody, async (c) => {
    const { next, ...whom } = parse(eraseSchema, await jsonOf(c));
    // First, so that nothing which is still queued makes a row behind our back.
    await watchFor(whom);
    const filter = 'phone' in whom ? { phone: whom.phone } : { callId: whom.call };
    const page = await ledger.list(filter, AT_ONCE, next);
    return c.json({ ...view(await erase(page.memos)), ...(page.next && { next: page.next }) });
  });
  return routes;
};

/** What fits into one request's time: `next` asks for the rest. */
const AT_ONCE = 50;

const next = z.string().exactOptional();
export const eraseSchema = z.union([
  z.strictObject({
    phone: z
      .string()
      .transform(canonicalNumber)
      .pipe(z.string().min(3))
      .describe('as the call system has it, or E.164'),
    next,
  }),
  z.strictObject({ call: z.string().min(1).max(512), next }),
]);

const view = ({ memos, objects, linqCopies, left }: Erased): z.infer<typeof erased> => ({
  erased: memos,
  objects,
  linq_copies: linqCopies,
  left,
});
