import { Hono } from 'hono';
import * as z from 'zod';
import type { Recipient } from '../core/model/keys.ts';
import { putOnStopList, stopsOf, takeOffStopList } from '../core/policy/suppression-list.ts';
import type { Clock, Notes } from '../core/ports/ports.ts';
import { jsonOf, smallBody } from './body.ts';
import { NUMBER } from './console/phone-mask.ts';
import { parse } from './parse.ts';
import { e164 as phone } from './phone.ts';
import type { stopped, unstopped } from './response-schemas.ts';

export interface StopsOptions {
  notes: Notes;
  clock: Clock;
}

/** The stop list by hand. Whom it is about stands in the body: a number in a URL would end in somebody's access log. */
export const stopRoutes = ({ notes, clock }: StopsOptions) => {
  const routes = new Hono();
  const answer = async (recipient: Recipient): Promise<z.infer<typeof stopped>> => {
    const stops = await stopsOf(notes, [recipient]);
    return { stopped: stops.length > 0, stops };
  };

  routes.post('/stops', smallBody, async (c) => {
    const { why = 'by hand', ...recipient } = parse(stopSchema, await jsonOf(c));
    await putOnStopList({ notes, clock }, [recipient], { by: 'hand', why });
    return c.json(await answer(recipient));
  });

  routes.post('/stops/show', smallBody, async (c) => c.json(await answer(parse(recipientSchema, await jsonOf(c)))));

  routes.post('/stops/remove', smallBody, async (c) => {
    const recipient = parse(recipientSchema, await jsonOf(c));
    const { stops: removed } = await answer(recipient);
    await takeOffStopList(notes, [recipient]);
    return c.json({ ...(await answer(recipient)), removed } satisfies z.infer<typeof unstopped>);
  });
  return routes;
};

const chat = z.guid({ error: 'must be a UUID' });
/** It is shown on rows and pages, where no number is to stand. Patterns, so that the OpenAPI document has them. */
const why = z
  .string()
  .max(200)
  .regex(/\S/, 'must say something')
  .regex(new RegExp(`^(?![\\s\\S]*(${NUMBER.source}|\\d{7}))`), 'must have no telephone number in it')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it refuses, and JSON Schema's readers know no \p{Cc}
  .regex(/^[^\x00-\x1f\x7f-\x9f]*$/, 'must be one line')
  .transform((text) => text.trim())
  .exactOptional();

const whom = { error: 'must be {"chat":"<UUID>"} or {"phone":"+1…"}' };
export const recipientSchema = z.union([z.strictObject({ chat }), z.strictObject({ phone })], whom);
export const stopSchema = z.union([z.strictObject({ chat, why }), z.strictObject({ phone, why })], whom);
