import type { SourceBucket } from '../functions/core/model/bucket.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../functions/deployment.ts';

/** The buckets of a laptop whose new objects are events: loaded late, since the demo and the tests first set the environment. */
export const sourceBuckets = async (): Promise<readonly SourceBucket[]> =>
  sourceBucketsOf((await import('../bridge.config.ts')).default, LOCAL_STAGE);
