import { vi } from 'vitest';
import { s3AudioStore } from '../../functions/adapters/audio-store.s3.ts';
import { s3Client } from '../../functions/adapters/aws.s3.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { REGION } from '../../local/cloud/resources.ts';
import { bucketOf, engines } from './engines.ts';

/** The client that the functions use. The environment variables give it its endpoint. */
export const s3ClientTo = (endpoint: string) => {
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', LOCAL_CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', LOCAL_CREDENTIALS.secretAccessKey);
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  return s3Client();
};

/** The audio store on an S3 of its own. */
export const startAudioStore = async () => {
  const s3 = await engines().s3();
  const bucket = bucketOf(s3);
  const client = s3.elsewhere ? s3Client() : s3ClientTo(s3.url);
  const store = s3AudioStore(client, { bucket });
  await store.head('inbox/nothing'); // the client keeps this endpoint, whatever a test sets later
  return {
    url: s3.url,
    client,
    bucket,
    store,
    async stop() {
      client.destroy();
      vi.unstubAllEnvs();
      await s3.stop();
    },
  };
};
