import type LinqAPIV3 from '@linqapp/sdk';
import { Command } from 'commander';
import * as z from 'zod';
import type { Context, Subcommand } from './base/context.ts';
import { Failure } from './base/failure.ts';
import { type Ask, linqAsker } from './base/linq.ts';
import { ssmParameters } from './base/ssm.ts';

const SECRET = 'LINQ_WEBHOOK_SECRET';
/** What the bridge reads of Linq: receipts, STOP, and a line that is flagged. The version pins the payload. */
const VERSION = '2026-02-03';
const EVENTS = [
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'message.received',
  'phone_number.status_updated',
] as const;
/** Of the account: a token that will end, a subscription that is switched off. Newer than the SDK, and than some accounts. */
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
    .description("have Linq tell the bridge what became of each memo, and keep the subscription's secret")
    .option('--replace', 'delete the subscription that is there, and make it anew')
    .action(
      run<{ replace?: true }>(async (context, { replace }) => {
        const { output, target: find, runtime } = context;
        const target = await find();
        const url = `${target.publicUrl}/linq?version=${VERSION}`;
        if (!url.startsWith('https:'))
          throw new Failure(
            `Linq calls https addresses alone, and this one is ${target.publicUrl}: set PUBLIC_URL to your tunnel's`,
          );
        const { LINQ_API_V3_BASE_URL: baseUrl } = runtime.environment;
        const ask = linqAsker({ secrets: target.secrets, baseUrl, stage: target.stage });
        const there = await sameAddress(ask, url);
        if (there.length > 0 && !replace) return tellThatItExists(context, url);
        for (const id of there) await remove(ask, id);
        const { id, signing_secret, withAccount } = await create(ask, url);
        await keep(context, ask, { id, secret: signing_secret });
        output.line(`${output.paint('green', '✓')} Linq tells ${url}`);
        if (!withAccount)
          output.warn(
            'Linq takes no subscription to the events of tokens: look at its dashboard when the API key ends',
          );
        return 0;
      }),
    );

/** An address may be used once in an account, whatever its query says to us. */
const sameAddress = async (ask: Ask, url: string): Promise<string[]> => {
  const read = listSchema.safeParse(await ask((linq, signal) => linq.webhookSubscriptions.list({ signal })));
  if (!read.success) throw new Failure("Linq's list of subscriptions cannot be read");
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
  throw new Failure('Linq made a subscription without a secret; --replace makes it anew');
};

const remove = (ask: Ask, id: string): Promise<void> =>
  ask(async (linq, signal) => {
    await linq.webhookSubscriptions.delete(id, { signal });
  });

const tellThatItExists = async ({ output, target: find }: Context, url: string): Promise<number> => {
  const { secrets } = await find();
  const kept = (await secrets.read({ name: SECRET })).length > 0;
  output.result({ target: url, exists: true, secret_is_set: kept });
  output.line(`Linq has a subscription for ${url} already, and has shown its secret once.`);
  output.line(
    kept ? `${SECRET} is set.` : `${SECRET} is absent: --replace deletes the subscription and makes it anew.`,
  );
  return kept ? 0 : 1;
};

/** The secret is shown once. Where it cannot be kept, the subscription goes again, so that the next try finds none. */
const keep = async ({ output, stage, secrets }: Context, ask: Ask, { id, secret }: { id: string; secret: string }) => {
  if (stage === undefined) {
    output.line(`export ${SECRET}=${secret}`);
    output.result({ subscription: id, export: `${SECRET}=${secret}` });
    return;
  }
  output.redact(secret);
  try {
    // What is on its way was signed by the old one.
    const old = await secrets.read({ name: SECRET });
    await ssmParameters(stage).put(SECRET, [secret, ...old.slice(0, 1)].join(' '));
  } catch (error) {
    await remove(ask, id);
    throw error;
  }
  output.line(`${SECRET} of stage ${stage} is set`);
  output.result({ subscription: id, stage, secret: SECRET });
};
