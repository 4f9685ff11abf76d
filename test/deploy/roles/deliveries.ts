import { randomBytes } from 'node:crypto';
import bridge from '../../../bridge.config.ts';
import { withHook } from '../../../functions/config.ts';

interface Delivery {
  secrets: Readonly<Record<string, string>>;
  method: string;
  headers: Record<string, string>;
  body: string;
}
type Deliver = (wanted: { hookUrl: string; recordingUrl: string; nowSeconds: number; id: string }) => Delivery;

/** By source of the configuration: a valid event, signed as its fixtures sign it. */
const delivers: Readonly<Record<string, Deliver>> = Object.fromEntries(
  await Promise.all(
    Object.keys(withHook(bridge.sources)).map(async (source) => {
      const { deliver } = await import(`../../../local/senders/${source}.ts`);
      return [source, deliver as Deliver] as const; // test/rules.test.ts requires such a file for every source
    }),
  ),
);

export const deliveryOf = (source: string, hookUrl: string, recordingUrl: string): Delivery => {
  const deliver = delivers[source];
  if (!deliver) throw new Error(`there is no local/senders/${source}.ts`);
  const delivery = deliver({
    hookUrl,
    recordingUrl,
    nowSeconds: Math.floor(Date.now() / 1000),
    id: randomBytes(16).toString('hex'),
  });
  return delivery;
};

/** The keys of the bridge in this run. */
export interface Keys {
  standardWebhooks: string;
  linqWebhook: string;
  api: string;
}

/** The secrets of every source, and the bridge's own secrets. */
export const newSecrets = (): { keys: Keys; secrets: Record<string, string> } => {
  const all = Object.keys(delivers).map(
    (source) => deliveryOf(source, 'https://x.invalid', 'https://x.invalid').secrets,
  );
  // Settings of a stand-in end in _URL; the others are secrets.
  const isSecret = ([name]: [string, string]) => !name.endsWith('_URL');
  const secrets = Object.fromEntries(all.flatMap((each) => Object.entries(each)).filter(isSecret));
  const keys = {
    standardWebhooks: secrets.STANDARD_WEBHOOKS_SECRET ?? '',
    linqWebhook: `whsec_${randomBytes(24).toString('base64')}`,
    api: randomBytes(16).toString('hex'),
  };
  return { keys, secrets: { ...secrets, LINQ_WEBHOOK_SECRET: keys.linqWebhook, AFTERCALL_API_KEY: keys.api } };
};
