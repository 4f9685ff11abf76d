import shipped from '../../bridge.config.ts';
import { defineBridge, setting } from '../../functions/config.ts';
import { amazonConnect } from '../../functions/sources/amazon-connect.ts';

/**
 * The shipped configuration with buckets, which a user adds: two name a source, so that new objects are events, and one only lets
 * recordings be read. clone.ts makes the bridge.config.ts of a clone from this file.
 */
export default defineBridge({
  ...shipped,
  sources: {
    ...shipped.sources,
    'amazon-connect': amazonConnect({
      instanceArn: 'arn:aws:connect:us-east-1:000000000000:instance/11111111-2222-4333-8444-555555555555',
      chatAttribute: 'aftercall_chat',
      apiUrl: setting('CONNECT_API_URL'),
    }),
  },
  buckets: [
    {
      name: 'drops',
      prefix: 'calls/',
      source: 's3-drop',
      kmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    },
    { name: 'drops', prefix: 'connect/', source: 'amazon-connect' },
    { name: 'livekit-calls', prefix: 'egress/' },
  ],
});
