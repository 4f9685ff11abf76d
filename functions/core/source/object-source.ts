import { refused, type Source } from '../ports/source.ts';

/** The parts of a source that takes new objects of a bucket, and no webhooks. */
export type ObjectSource = Pick<Source, 'kind' | 'lookUpParties' | 'fetch'> & Required<Pick<Source, 'classifyObject'>>;

/**
 * A source without a hook: its events are the objects that are created in its buckets. No secret proves them. The policy of the queue
 * lets only the bridge's own rules in, and only AWS can send events of S3.
 */
export const objectSource = (parts: ObjectSource): Source => ({
  ...parts,
  secrets: [],
  covers: { body: false, url: false, time: false, id: false },
  authenticate: async () => refused(NO_HOOK),
  classify: () => ({ kind: 'ignored', reason: NO_HOOK }),
});

const NO_HOOK = 'this source takes objects of a bucket, and no webhooks';
