import type { Bridge } from '../../functions/config.ts';
import { type Delivery, deliveryOf } from './delivery.ts';

/** The senders of a run. */
export interface Deliveries {
  each: readonly Delivery[];
  /** The sender of the matrix, and of each call that needs a media host or a route. Its recordings are at a URL. */
  usual: Delivery;
  find(source: string | undefined): Delivery;
  secretsWith(secret: string | undefined, mediaUrl: string): Record<string, string>;
  rotates: boolean;
}

const ALL = 'all';
const USUAL = 'standard-webhooks';

/**
 * The senders of one configured source, or of all.
 * @throws an error for people if the configuration and the fixtures do not match
 */
export const deliveriesOf = async (bridge: Bridge, name: string): Promise<Deliveries> => {
  const names = name === ALL ? Object.keys(bridge.sources) : [name];
  const each = await Promise.all(names.map((source) => deliveryOf(bridge, source)));
  const [only] = each;
  const usual = name !== ALL && only?.audio === 'at a URL' ? only : await deliveryOf(bridge, USUAL);
  const every = new Map([usual, ...each].map((delivery) => [delivery.source, delivery]));
  return {
    each,
    usual,
    find: (source) => every.get(source ?? usual.source) ?? usual,
    secretsWith: (secret, mediaUrl) =>
      Object.assign({}, ...[...every.values()].map((delivery) => delivery.secretsWith(secret, mediaUrl))),
    rotates: [...every.values()].some(({ rotates }) => rotates),
  };
};
