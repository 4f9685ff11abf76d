import { Hono } from 'hono';
import * as z from 'zod';
import { AftercallError } from '../../core/model/errors.ts';
import { recipientsOf, suppress, unsuppress } from '../../core/policy/suppression-list.ts';
import type { Clock, KeyValueStore, Ledger } from '../../core/ports/ports.ts';
import { parse } from '../parse.ts';
import type { Guarded } from './guard.ts';
import { memoOf } from './memo.ts';

export interface SuppressOptions {
  ledger: Ledger;
  keyValues: KeyValueStore;
  clock: Clock;
}

/** `POST /m/:id/suppress`: puts whom the memo is for on the suppression list, or takes them off. */
export const suppressMemoRoutes = ({ ledger, keyValues, clock }: SuppressOptions) =>
  new Hono<Guarded>().post('/m/:id/suppress', async (c) => {
    const memo = await memoOf(c, ledger);
    const { suppressed } = parse(formSchema, await c.req.parseBody());
    const recipients = recipientsOf(memo);
    if (recipients.length === 0) throw new AftercallError('conflict', 'It has no recipient yet.');
    if (suppressed === 'true') await suppress({ keyValues, clock }, recipients, { by: 'hand', reason: 'by hand' });
    else await unsuppress(keyValues, recipients);
    return c.redirect(`/m/${memo.id}?said=${suppressed === 'true' ? 'suppressed' : 'unsuppressed'}`, 303);
  });

const formSchema = z.object({ suppressed: z.enum(['true', 'false']) });
