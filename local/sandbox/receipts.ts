import { setTimeout as wait } from 'node:timers/promises';
import { Webhook as Signer } from 'standardwebhooks';
import { eventShape } from './events.ts';
import { sandboxLine } from './shapes.ts';
import type { Subscription, Webhook } from './store.ts';
import type { Receipts, SandboxWorld } from './world.ts';

/** How often Linq tries, and how long it waits for each answer. */
const tries = 10;
const answerMs = 10_000;

/**
 * Posts the events of each message, signed by Standard Webhooks, as in Linq's documentation: at least once, in any
 * order, ten times over 25 minutes on a 5xx, a 429, silence or a refused connection, and never again after another 4xx
 * or if the host does not exist.
 * @param retryFirstMs the first wait, doubled each time: with three seconds, the nine waits make 25 minutes
 */
export function receiptsOf(
  world: Omit<SandboxWorld, 'receipts' | 'downloadTimeoutMs'>,
  retryFirstMs: number,
): Receipts {
  const { store } = world;
  const ended = new AbortController();
  return {
    resume: () => store.owed().forEach(start),
    tell(event, message) {
      for (const subscription of store.subscriptions()) {
        if (!wants(subscription, event)) continue;
        start(store.addWebhook({ subscriptionId: subscription.id, event, messageId: message.id }));
      }
    },
    stop: () => ended.abort(),
  };

  function start(webhook: Webhook): void {
    deliver(webhook).catch((error) => {
      if (!ended.signal.aborted) console.error('sandbox:', error);
    });
  }

  async function deliver(webhook: Webhook): Promise<void> {
    for (let tried = 0; tried < tries; tried += 1) {
      if (tried > 0) await wait(retryFirstMs * 2 ** (tried - 1), undefined, { signal: ended.signal, ref: false });
      const reason = await attempt(webhook);
      ended.signal.throwIfAborted();
      if (reason === 'again') continue;
      if (reason) console.warn(`sandbox: ${webhook.event} was not taken (${reason}), and is not sent again`);
      return store.settleWebhook(webhook.id);
    }
    console.warn(`sandbox: ${webhook.event} was sent ${tries} times in vain`);
    store.settleWebhook(webhook.id);
  }

  /** Returns why the event was not accepted; undefined if nothing is left to do. */
  async function attempt(webhook: Webhook): Promise<string | undefined> {
    const subscription = store.subscriptions().find(({ id }) => id === webhook.subscriptionId);
    const message = store.messages.find(({ id }) => id === webhook.messageId);
    if (!subscription?.isActive || !message) return undefined;
    const body = JSON.stringify(eventShape(webhook, message, world));
    return post(subscription, webhook.id, body, world.now(), ended.signal);
  }
}

function wants({ isActive, events, phoneNumbers }: Subscription, event: Webhook['event']): boolean {
  return isActive && events.includes(event) && (phoneNumbers.length === 0 || phoneNumbers.includes(sandboxLine));
}

async function post({ targetUrl, secret }: Subscription, id: string, body: string, at: Date, ended: AbortSignal) {
  try {
    const answer = await fetch(targetUrl, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Signer(secret).sign(id, at, body),
      },
      redirect: 'manual',
      signal: AbortSignal.any([ended, AbortSignal.timeout(answerMs)]),
    });
    await answer.body?.cancel();
    if (answer.ok) return undefined;
    return answer.status >= 500 || answer.status === 429 ? 'again' : String(answer.status);
  } catch (error) {
    // The message of Node's fetch is only "fetch failed"; `cause` has the reason.
    const { code } = Object(Object(error).cause);
    return code === 'ENOTFOUND' ? code : 'again';
  }
}
