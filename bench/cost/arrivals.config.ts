import shipped from '../../bridge.config.ts';
import { defineBridge, setting } from '../../functions/config.ts';
import { amazonConnect } from '../../functions/sources/amazon-connect.ts';
import { s3Drop } from '../../functions/sources/s3-drop.ts';
import { INSTANCE } from './contact-server.ts';
import { USERS_BUCKET } from './users-bucket.ts';

/** The shipped configuration with every way in which an object of a bucket tells who called whom. */
export default defineBridge({
  ...shipped,
  sources: {
    ...shipped.sources,
    's3-sidecar': s3Drop({ facts: 'sidecar' }),
    'amazon-connect': amazonConnect({
      instanceArn: `arn:aws:connect:us-east-1:123456789012:instance/${INSTANCE}`,
      chatAttribute: 'aftercall_chat',
      apiUrl: setting('CONNECT_API_URL'),
    }),
  },
  buckets: [
    { name: USERS_BUCKET, prefix: 'metadata/', source: 's3-drop' },
    { name: USERS_BUCKET, prefix: 'sidecar/', source: 's3-sidecar' },
    { name: USERS_BUCKET, prefix: 'connect/', source: 'amazon-connect' },
  ],
});
