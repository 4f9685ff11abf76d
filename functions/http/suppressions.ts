import { Hono } from 'hono';
import * as z from 'zod';
import type { Recipient } from '../core/model/keys.ts';
import { NUMBER } from '../core/model/mask.ts';
import { recipientsOf, suppress, suppressionsOf, unsuppress } from '../core/policy/suppression-list.ts';
import type { Clock, KeyValueStore, Ledger } from '../core/ports/ports.ts';
import { jsonOf, smallBody } from './body.ts';
import { parse } from './parse.ts';
import { e164 as phone } from './phone.ts';
import type { suppressed, suppressedShow, unsuppressed } from './response-schemas.ts';

export interface SuppressionsOptions {
  keyValues: KeyValueStore;
  /** Finds the chats of a number's calls. */
  ledger: Pick<Ledger, 'list'>;
  clock: Clock;
}

/** The suppression list by hand. The recipient stands in the body, since a URL ends in access logs. */
export const suppressionRoutes = ({ keyValues, ledger, clock }: SuppressionsOptions) => {
  const routes = new Hono();
  const answer = async (recipient: Recipient): Promise<z.infer<typeof suppressed>> => {
    const suppressions = await suppressionsOf(keyValues, [recipient]);
    return { suppressed: suppressions.length > 0, suppressions };
  };

  routes.post('/suppressions', smallBody, async (c) => {
    const { reason = 'by hand', ...recipient } = parse(suppressionSchema, await jsonOf(c));
    await suppress({ keyValues, clock }, [recipient], { by: 'hand', reason });
    return c.json(await answer(recipient));
  });

  routes.post('/suppressions/show', smallBody, async (c) => {
    const recipient = parse(recipientSchema, await jsonOf(c));
    const chats = 'phone' in recipient ? await suppressedChats(recipient.phone) : [];
    return c.json({ ...(await answer(recipient)), ...(chats.length > 0 && { chats }) });
  });

  /** An opt-out is kept by the chat that Linq named: the chats that memos of this number's calls go to. */
  async function suppressedChats(phone: string): Promise<NonNullable<z.infer<typeof suppressedShow>['chats']>> {
    const { memos } = await ledger.list({ phone }, CALLS_READ);
    const ids = new Set(
      memos.flatMap((memo) => recipientsOf(memo).flatMap((each) => ('chat' in each ? each.chat : []))),
    );
    const found = await Promise.all(
      [...ids].map(async (chat) => ({ chat, suppressions: await suppressionsOf(keyValues, [{ chat }]) })),
    );
    return found.filter(({ suppressions }) => suppressions.length > 0);
  }

  routes.post('/suppressions/remove', smallBody, async (c) => {
    const recipient = parse(recipientSchema, await jsonOf(c));
    const { suppressions: removed } = await answer(recipient);
    await unsuppress(keyValues, [recipient]);
    return c.json({ ...(await answer(recipient)), removed } satisfies z.infer<typeof unsuppressed>);
  });
  return routes;
};

/** How many memos of a number are read for their chats. */
const CALLS_READ = 100;

const chat = z.guid({ error: 'must be a UUID' });
/** Rows and pages show it, and must show no number. Patterns, so that the OpenAPI document has the rules. */
const reason = z
  .string()
  .max(200)
  .regex(/\S/, 'must say something')
  .regex(new RegExp(`^(?![\\s\\S]*(${NUMBER.source}|\\d{7}))`), 'must have no telephone number in it')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern refuses them, and JSON Schema has no \p{Cc}
  .regex(/^[^\x00-\x1f\x7f-\x9f]*$/, 'must be one line')
  .transform((text) => text.trim())
  .exactOptional();

const whom = { error: 'must be {"chat":"<UUID>"} or {"phone":"+1…"}' };
export const recipientSchema = z.union([z.strictObject({ chat }), z.strictObject({ phone })], whom);
export const suppressionSchema = z.union([z.strictObject({ chat, reason }), z.strictObject({ phone, reason })], whom);
