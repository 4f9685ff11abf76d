import { Hono } from 'hono';
import * as z from 'zod';
import { AftercallError } from '../../core/model/errors.ts';
import { recipientsOf, suppress, unsuppress } from '../../core/policy/suppression-list.ts';
import type { Clock, KeyValueStore, Ledger } from '../../core/ports/ports.ts';
import { memoById } from '../memo-by-id.ts';
import { parse } from '../parse.ts';
import type { Guarded } from './guard.ts';

export interface SuppressOptions {
  ledger: Ledger;
  keyValues: KeyValueStore;
  clock: Clock;
}

/** `POST /m/:id/suppress` puts the memo's recipient on the suppression list, or removes them. */
export const suppressMemoRoutes = ({ ledger, keyValues, clock }: SuppressOptions) =>
  new Hono<Guarded>().post('/m/:id/suppress', async (c) => {
    const memo = await memoById(ledger, c.req.param('id'));
    const { suppressed } = parse(formSchema, await c.req.parseBody());
    const recipients = recipientsOf(memo);
    if (recipients.length === 0) throw new AftercallError('conflict', 'This memo has no recipient yet.');
    if (suppressed === 'true') await suppress({ keyValues, clock }, recipients, { by: 'hand', reason: 'by hand' });
    else await unsuppress(keyValues, recipients);
    return c.redirect(`/m/${memo.id}?flash=${suppressed === 'true' ? 'suppressed' : 'unsuppressed'}`, 303);
  });

const formSchema = z.object({ suppressed: z.enum(['true', 'false']) });
