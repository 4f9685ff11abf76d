import { existsSync } from 'node:fs';
import type * as z from 'zod';
import type { Bridge } from '../../functions/config.ts';
import { deliveredSchema } from '../delivered.ts';

export type Signed = z.infer<typeof deliveredSchema>;

export interface Delivery {
  source: string;
  /** The secrets that the functions need to verify the sender, with the sender's API at the media host. */
  secretsWith(secret: string | undefined, mediaUrl: string): Record<string, string>;
  /** Whether the sender can use another secret. */
  rotates: boolean;
  sign(event: { hookUrl: string; recordingUrl: string; id: string; secret?: string | undefined }): Signed;
}

/**
 * The sender of one configured source: the good event from the fixtures of its kind, signed anew each time.
 * @throws an error for people if the configuration and the fixtures do not match
 */
export const deliveryOf = async (bridge: Bridge, name: string): Promise<Delivery> => {
  const source = Object.hasOwn(bridge.sources, name) ? bridge.sources[name] : undefined;
  if (!source)
    throw new Error(`bridge.config.ts has no source ${name}; it has ${Object.keys(bridge.sources).join(', ')}`);
  if (source.classifyObject)
    throw new Error(`${name} takes new objects of a bucket: choose a source that takes webhooks`);
  const fixture = new URL(`../senders/${source.kind}.ts`, import.meta.url);
  if (!existsSync(fixture)) throw new Error(`there is no local/senders/${source.kind}.ts to send its events`);
  const { deliver } = await import(fixture.href);

  const sign: Delivery['sign'] = (event) =>
    deliveredSchema.parse(deliver({ ...event, nowSeconds: Math.floor(Date.now() / 1000) }));
  const example = { hookUrl: 'http://127.0.0.1/hooks', recordingUrl: 'http://127.0.0.1/recording', id: '0'.repeat(32) };
  const { secrets } = sign(example);
  const unknown = source.secrets.map((secret) => secret.name).filter((secret) => secrets[secret] === undefined);
  if (unknown.length > 0)
    throw new Error(`bridge.config.ts reads ${unknown.join(', ')}, which its fixture does not set`);
  if (!readsRecordingUrl(deliver, example))
    throw new Error(`the events of ${name} carry their audio inside: choose a source whose recordings lie at a URL`);

  const other = `whsec_${Buffer.alloc(24, 'other').toString('base64')}`;
  return {
    source: name,
    sign,
    secretsWith: (secret, mediaUrl) =>
      sign({ ...example, recordingUrl: `${mediaUrl}/recording`, ...(secret && { secret }) }).secrets,
    rotates: Object.values(sign({ ...example, secret: other }).secrets).includes(other),
  };
};

const readsRecordingUrl = (
  deliver: (event: object) => unknown,
  { recordingUrl, ...example }: object & { recordingUrl: string },
) => {
  let read = false;
  deliver({
    ...example,
    nowSeconds: 0,
    get recordingUrl() {
      read = true;
      return recordingUrl;
    },
  });
  return read;
};
