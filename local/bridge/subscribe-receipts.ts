import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Linq, { NotFoundError } from '@linqapp/sdk';
import * as z from 'zod';

/** All events that the sandbox sends. */
const EVENTS = ['message.sent', 'message.delivered', 'message.read'] as const;
const AGAIN_MS = 1000;
const ANSWER_MS = 2000;

export interface SubscribeReceiptsOptions {
  /** The data folder. It keeps our subscription's id, and the secret, which the sandbox shows only once. */
  data: string;
  sandbox: string;
  /** The sandbox's API key. */
  apiKey: string;
  /** The bridge's own `POST /linq`. */
  target: string;
  /** Called as soon as a secret is known; if the sandbox is up, before the first receipt that the secret signs. */
  onSecret: (secret: string) => void;
}

/**
 * Subscribes the bridge to the sandbox's receipts, as `aftercall linq subscribe` does at Linq. Resolves after the first
 * try. If the sandbox is down, the bridge tries again every second.
 */
export const subscribeReceipts = async (options: SubscribeReceiptsOptions): Promise<{ stop(): void }> => {
  const ended = new AbortController();
  const linq = new Linq({ apiKey: options.apiKey, baseURL: options.sandbox, maxRetries: 0, timeout: ANSWER_MS });
  const refusal = (): Promise<unknown> => subscribe(linq, options).catch((error) => error);
  const untilSubscribed = async () => {
    do await wait(AGAIN_MS, undefined, { signal: ended.signal, ref: false });
    while (await refusal());
  };
  const kept = read(options.data);
  if (kept) options.onSecret(kept.secret);
  const reason = await refusal();
  if (reason) {
    complain(reason);
    untilSubscribed().catch((error) => ended.signal.aborted || complain(error));
  }
  return { stop: () => ended.abort() };
};

const subscribe = async (linq: Linq, { data, target, onSecret }: SubscribeReceiptsOptions): Promise<void> => {
  const { webhookSubscriptions } = linq;
  const kept = read(data);
  const ours = kept && (await webhookSubscriptions.retrieve(kept.id).catch(absent));
  if (ours) {
    // A bridge that takes a free port has another address at each start.
    if (ours.target_url !== target) await webhookSubscriptions.update(ours.id, { target_url: target });
    return;
  }
  // Deletes the subscriptions of a bridge that died before it could save the secret.
  const { subscriptions } = await webhookSubscriptions.list();
  for (const { id, target_url } of subscriptions) if (target_url === target) await webhookSubscriptions.delete(id);
  const made = await webhookSubscriptions.create({ target_url: target, subscribed_events: [...EVENTS] });
  write(data, { id: made.id, secret: made.signing_secret });
  onSecret(made.signing_secret);
};

const absent = (error: unknown): undefined => {
  if (!(error instanceof NotFoundError)) throw error;
};

const keptSchema = z.object({ id: z.string(), secret: z.string() });
const fileIn = (data: string) => join(data, 'sandbox-subscription.json');

const read = (data: string): z.infer<typeof keptSchema> | undefined => {
  try {
    return keptSchema.parse(JSON.parse(readFileSync(fileIn(data), 'utf8')));
  } catch {
    return undefined; // absent or incomplete: a new subscription is made
  }
};

const write = (data: string, kept: z.infer<typeof keptSchema>) => {
  mkdirSync(dirname(fileIn(data)), { recursive: true });
  writeFileSync(fileIn(data), JSON.stringify(kept), { mode: 0o600 });
};

const complain = (error: unknown) =>
  console.error(
    JSON.stringify({
      level: 'WARN',
      service: 'api',
      message: "the sandbox's receipts are not subscribed yet",
      error: String(error),
    }),
  );
