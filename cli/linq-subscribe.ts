import type LinqAPIV3 from '@linqapp/sdk';
import { Command } from 'commander';
import * as z from 'zod';
import type { Context, Subcommand } from './base/context.ts';
import { Failure } from './base/failure.ts';
import { type Ask, linqAsker } from './base/linq.ts';
import { ssmParameters } from './base/ssm.ts';

const SECRET = 'LINQ_WEBHOOK_SECRET';
/** The events that the bridge reads: receipts, STOP, flagged lines. The version pins the payload's form. */
const VERSION = '2026-02-03';
const EVENTS = [
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'message.received',
  'phone_number.status_updated',
] as const;
/** Events of the account: a token that ends, a subscription that is switched off. The SDK and some accounts do not know them yet. */
const ACCOUNT_EVENTS = [
  'api_token.created',
  'api_token.expiry_scheduled',
  'api_token.expired',
  'api_token.deleted',
  'webhook_subscription.disabled',
] as const;

const listSchema = z.object({ subscriptions: z.array(z.object({ id: z.string(), target_url: z.string() })) });
const createdSchema = z.object({ id: z.string(), signing_secret: z.string().min(1) });

export const linqSubscribe: Subcommand = (run) =>
  new Command('subscribe')
    .description("have Linq send receipts and STOP to the bridge, and store the subscription's secret")
    .option('--replace', 'delete the existing subscription, and make a new one')
    .action(
      run<{ replace?: true }>(async (context, { replace }) => {
        const { output, target: find, runtime } = context;
        const target = await find();
        const url = `${target.publicUrl}/linq?version=${VERSION}`;
        if (!url.startsWith('https:'))
          throw new Failure(
            `Linq sends to https URLs only, and the URL is ${target.publicUrl}: set PUBLIC_URL to your tunnel's URL`,
          );
        const { LINQ_API_V3_BASE_URL: baseUrl } = runtime.environment;
        const ask = linqAsker({ secrets: target.secrets, baseUrl, stage: target.stage });
        const there = await sameAddress(ask, url);
        if (there.length > 0 && !replace) return tellThatItExists(context, url);
        for (const id of there) await remove(ask, id);
        const { id, signing_secret, withAccount } = await create(ask, url);
        await keep(context, ask, { id, secret: signing_secret });
        output.line(`${output.paint('green', '✓')} Linq sends its events to ${url}`);
        if (!withAccount)
          output.warn(
            "Linq offers no events about API tokens to this account: check in Linq's dashboard when the API key expires",
          );
        return 0;
      }),
    );

/** Linq allows a URL once in an account, and compares it without the query. */
const sameAddress = async (ask: Ask, url: string): Promise<string[]> => {
  const read = listSchema.safeParse(await ask((linq, signal) => linq.webhookSubscriptions.list({ signal })));
  if (!read.success)
    throw new Failure("this version of Aftercall cannot read Linq's list of subscriptions: update Aftercall");
  const bare = (address: string) => address.replace(/\?.*/, '').toLowerCase();
  return read.data.subscriptions.filter(({ target_url }) => bare(target_url) === bare(url)).map(({ id }) => id);
};

const create = async (ask: Ask, url: string) => {
  const subscribe = (events: readonly string[]) =>
    ask((linq, signal) =>
      // The SDK's list of types is older than Linq's.
      linq.webhookSubscriptions.create(
        { target_url: url, subscribed_events: [...events] as LinqAPIV3.WebhookEventType[] },
        { signal },
      ),
    );
  let withAccount = true;
  const answer = await subscribe([...EVENTS, ...ACCOUNT_EVENTS]).catch((error: unknown) => {
    if (!(error instanceof Failure) || error.code === 'no_linq_key') throw error;
    withAccount = false;
    return subscribe(EVENTS);
  });
  const made = createdSchema.safeParse(answer);
  if (made.success) return { ...made.data, withAccount };
  throw new Failure('Linq made a subscription but sent no secret: run the command again with --replace');
};

const remove = (ask: Ask, id: string): Promise<void> =>
  ask(async (linq, signal) => {
    await linq.webhookSubscriptions.delete(id, { signal });
  });

const tellThatItExists = async ({ output, target: find }: Context, url: string): Promise<number> => {
  const { secrets } = await find();
  const kept = (await secrets.read({ name: SECRET })).length > 0;
  output.result({ target: url, exists: true, secret_is_set: kept });
  output.line(
    `Linq already has a subscription for ${url}. Linq showed its secret once, when the subscription was made.`,
  );
  output.line(
    kept ? `${SECRET} is set.` : `${SECRET} is absent: --replace deletes the subscription and makes a new one.`,
  );
  return kept ? 0 : 1;
};

/** Linq shows the secret once. If it cannot be stored, the subscription is deleted, so that the next try starts clean. */
const keep = async ({ output, stage, secrets }: Context, ask: Ask, { id, secret }: { id: string; secret: string }) => {
  if (stage === undefined) {
    output.line(`export ${SECRET}=${secret}`);
    output.result({ subscription: id, export: `${SECRET}=${secret}` });
    return;
  }
  output.redact(secret);
  try {
    // Events on their way are signed with the old secret.
    const old = await secrets.read({ name: SECRET });
    await ssmParameters(stage).put(SECRET, [secret, ...old.slice(0, 1)].join(' '));
  } catch (error) {
    await remove(ask, id);
    throw error;
  }
  output.line(`${SECRET} of stage ${stage} is set`);
  output.result({ subscription: id, stage, secret: SECRET });
};
