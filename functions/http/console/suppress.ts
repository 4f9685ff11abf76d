import { Hono } from 'hono';
import * as z from 'zod';
import { AftercallError } from '../../core/model/errors.ts';
import { putOnStopList, recipientsOf, takeOffStopList } from '../../core/policy/suppression-list.ts';
import type { Clock, Ledger, Notes } from '../../core/ports/ports.ts';
import { parse } from '../parse.ts';
import type { Guarded } from './guard.ts';
import { memoOf } from './memo.ts';

export interface StopOptions {
  ledger: Ledger;
  notes: Notes;
  clock: Clock;
}

/** `POST /m/:id/stop`: puts whom the memo is for on the stop list, or takes them off. */
export const stopMemoRoutes = ({ ledger, notes, clock }: StopOptions) =>
  new Hono<Guarded>().post('/m/:id/stop', async (c) => {
    const memo = await memoOf(c, ledger);
    const { stop } = parse(formSchema, await c.req.parseBody());
    const recipients = recipientsOf(memo);
    if (recipients.length === 0) throw new AftercallError('conflict', 'It has no recipient yet.');
    if (stop === 'true') await putOnStopList({ notes, clock }, recipients, { by: 'hand', why: 'by hand' });
    else await takeOffStopList(notes, recipients);
    return c.redirect(`/m/${memo.id}?said=${stop === 'true' ? 'stopped' : 'unstopped'}`, 303);
  });

const formSchema = z.object({ stop: z.enum(['true', 'false']) });
